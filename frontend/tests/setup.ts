import { beforeEach } from 'vitest';
import { i18n } from '#lib/i18n/i18n.svelte.ts';

beforeEach(async () => {
	localStorage.clear();
	await i18n.change('en');
});
