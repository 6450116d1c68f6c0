import { m } from '../i18n/i18n.svelte.ts';
import type { Reason } from './title.ts';

/** Words a recommendation's reason; reasons of a newer server than this app get a general one. */
export function reasonText(reason: Reason): string {
	const { kind, subject } = reason;
	switch (kind) {
		case 'because_you_asked_for':
			return subject ? m.reason_requested({ title: subject }) : m.reason_taste();
		case 'favourite_genre':
			return m.reason_taste();
		case 'popular':
			return m.reason_popular();
		case 'trending':
			return m.reason_trending();
		case 'hidden_gem':
			return m.reason_gem();
		case 'award_winning':
			return m.reason_award();
		default:
			return m.reason_general();
	}
}
