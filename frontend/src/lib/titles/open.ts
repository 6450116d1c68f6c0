import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import type { Title } from './title.ts';

/**
 * Opens a title in a sheet above the page, under its own address. Clicks that ask for a new tab or
 * window keep the link's own behaviour.
 */
export function openTitle(event: MouseEvent, title: Title): void {
	if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
	event.preventDefault();
	const address = resolve('/title/[kind]/[id]', { kind: title.kind, id: String(title.id) });
	void goto(address, { shallow: true, state: { title: title } });
}
