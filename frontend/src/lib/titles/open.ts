import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import { afterPaint } from '../idle.ts';
import type { Title } from './title.ts';

let opening = false;

/**
 * Opens a title in a sheet above the page, under its own address. Clicks that ask for a new tab or
 * window keep the link's own behaviour.
 */
export async function openTitle(event: MouseEvent, title: Title): Promise<void> {
	if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
	event.preventDefault();
	if (opening) return;
	opening = true;
	try {
		// Kit looks at every link of the page again, which takes its time where there are many.
		await afterPaint();
		const address = resolve('/title/[kind]/[id]', { kind: title.kind, id: String(title.id) });
		await goto(address, { shallow: true, state: { title: title } });
	} finally {
		opening = false;
	}
}
