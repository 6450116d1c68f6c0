import { Problem } from '../api/problem.ts';
import { i18n, m } from '../i18n/i18n.svelte.ts';
import { library } from '../library/library.svelte.ts';
import { toasts } from '../toasts.svelte.ts';
import { keyOf, type Kind, type Title } from '../titles/title.ts';
import { requestList } from './request-list.svelte.ts';

/** Long enough to notice a mistake, WCAG's least for something that goes away. */
const undoTime = 8000;

/** The toasts of removals that can still be undone. */
const removals = new Map<string, number>();

/** Requests a title: shown at once, taken back with a message when the server refuses. */
export async function requestTitle(title: Title): Promise<void> {
	const removal = removals.get(keyOf(title));
	if (removal !== undefined) return toasts.act(removal);
	try {
		const added = await library.add(title, i18n.locale);
		if (added === 'nothing') return;
		requestList.changed();
		const words = { title: title.title };
		toasts.show(added === 'requested' ? m.requested_toast(words) : m.already_toast(words));
	} catch (error) {
		toasts.error(m.request_failed({ title: title.title, reason: explain(error) }));
	}
}

/** Removes a request with a chance to undo; the server hears of it when the chance has passed. */
export function removeRequest(title: { kind: Kind; id: number; title: string }): void {
	const key = keyOf(title);
	if (removals.has(key)) return;
	const unhide = [library.hide(title), requestList.hide(title)];
	const restore = () => {
		for (const undo of unhide) undo();
	};
	const toast = toasts.show(m.removed_toast({ title: title.title }), {
		lifetime: undoTime,
		action: {
			label: m.undo(),
			undoes: true,
			run: () => {
				removals.delete(key);
				restore();
			},
		},
		onExpire: (leaving) => {
			removals.delete(key);
			void confirmRemoval(title, restore, leaving);
		},
	});
	removals.set(key, toast);
}

async function confirmRemoval(
	title: { kind: Kind; id: number; title: string },
	restore: () => void,
	leaving: boolean,
): Promise<void> {
	try {
		await library.remove(title, restore, leaving);
		requestList.drop(title);
	} catch (error) {
		toasts.error(m.remove_failed({ title: title.title, reason: explain(error) }));
	}
}

/** Says in the person's language why a call failed. */
export function explain(error: unknown): string {
	if (!(error instanceof Problem)) return m.problem_server();
	switch (error.kind) {
		case 'offline':
			return m.problem_offline();
		case 'unauthorized':
			return m.problem_unauthorized();
		case 'rate-limited':
			return m.problem_rate_limited();
		default:
			return m.problem_server();
	}
}
