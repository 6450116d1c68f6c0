/** The largest unit first; the factor is how many of the next smaller unit make one. */
const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
	['year', 365 * 24 * 3600],
	['month', 30 * 24 * 3600],
	['week', 7 * 24 * 3600],
	['day', 24 * 3600],
	['hour', 3600],
	['minute', 60],
];

/** Remembers what a function made for each locale: browsers take a millisecond for a format, and lists need many. */
function perLocale<Format>(make: (locale: string) => Format): (locale: string) => Format {
	const made = new Map<string, Format>();
	return (locale) => {
		let format = made.get(locale);
		if (!format) made.set(locale, (format = make(locale)));
		return format;
	};
}

const relative = perLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const full = perLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }));
const oneDecimal = perLocale(
	(locale) => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);
const grouped = perLocale((locale) => new Intl.NumberFormat(locale));

/** Says how long ago a time was, in the locale's words: `3 days ago`, `gestern`. */
export function relativeTime(iso: string, now: number, locale: string): string {
	const then = Date.parse(iso);
	if (Number.isNaN(then)) return '';
	const seconds = Math.round((then - now) / 1000);
	const format = relative(locale);
	for (const [unit, size] of units) {
		if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
	}
	return format.format(0, 'minute');
}

/** Writes a date and time in full. */
export function fullDate(iso: string, locale: string): string {
	const then = Date.parse(iso);
	if (Number.isNaN(then)) return '';
	return full(locale).format(then);
}

/** Writes a rating with one decimal: `7.4`, `7,4`. */
export function rating(value: number, locale: string): string {
	return oneDecimal(locale).format(value);
}

/** Writes a count with the locale's grouping. */
export function count(value: number, locale: string): string {
	return grouped(locale).format(value);
}
