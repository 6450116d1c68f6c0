import { push } from './push.svelte.ts';

/**
 * Tells the server in which language this device is spoken to. For whoever loads it only then: a module that is loaded
 * late here and at once elsewhere would cost the first view one more file.
 */
export default function tellLanguage(): Promise<void> {
	return push.tellLanguage();
}
