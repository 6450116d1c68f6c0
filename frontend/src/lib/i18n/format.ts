/** The largest unit first; the factor is how many of the next smaller unit make one. */
const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
	['year', 365 * 24 * 3600],
	['month', 30 * 24 * 3600],
	['week', 7 * 24 * 3600],
	['day', 24 * 3600],
	['hour', 3600],
	['minute', 60],
];

/** Says how long ago a time was, in the locale's words: `3 days ago`, `gestern`. */
export function relativeTime(iso: string, now: number, locale: string): string {
	const then = Date.parse(iso);
	if (Number.isNaN(then)) return '';
	const seconds = Math.round((then - now) / 1000);
	const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
	for (const [unit, size] of units) {
		if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
	}
	return format.format(0, 'minute');
}

/** Writes a date and time in full. */
export function fullDate(iso: string, locale: string): string {
	const then = Date.parse(iso);
	if (Number.isNaN(then)) return '';
	return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(then);
}

/** Writes a rating with one decimal: `7.4`, `7,4`. */
export function rating(value: number, locale: string): string {
	return new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
}

/** Writes a count with the locale's grouping. */
export function count(value: number, locale: string): string {
	return new Intl.NumberFormat(locale).format(value);
}
