import { m } from '../i18n/i18n.svelte.ts';
import type { Reason } from './title.ts';

/** Words a recommendation's reason; reasons of a newer server than this app get a general one. */
export function reasonText(reason: Reason): string {
	const { kind, subject } = reason;
	switch (kind) {
		case 'because_requested':
		case 'requested':
			return subject ? m.reason_requested({ title: subject }) : m.reason_taste();
		case 'because_library':
		case 'library':
			return subject ? m.reason_library({ title: subject }) : m.reason_taste();
		case 'genre':
		case 'taste':
			return m.reason_taste();
		case 'popular':
			return m.reason_popular();
		case 'trending':
			return m.reason_trending();
		case 'hidden_gem':
		case 'hidden_gems':
			return m.reason_gem();
		case 'award':
		case 'award_winning':
			return m.reason_award();
		default:
			return m.reason_general();
	}
}
