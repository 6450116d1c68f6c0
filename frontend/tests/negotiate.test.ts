import { expect, test } from 'vitest';
import { chooseLocale, languageOf, nameOf } from '#lib/i18n/negotiate.ts';
import { fullDate, rating, relativeTime } from '#lib/i18n/format.ts';

const available = ['en', 'de', 'pt-BR'];

test.each([
	['the stored one', 'de', ['en'], 'de'],
	['the nearest to a stored one that is no longer there', 'pt', ['en'], 'pt-BR'],
	['the first of the browser that fits', undefined, ['fr', 'de-AT', 'en'], 'de'],
	['an exact one before a near one', undefined, ['PT-br'], 'pt-BR'],
	['the default', undefined, ['fr'], 'en'],
])('chooses %s', (_what, stored, preferred, expected) => {
	expect(chooseLocale(available, stored, preferred, 'en')).toBe(expected);
});

test('texts follow the language of a locale, in English when there is none', () => {
	expect([languageOf('pt-BR'), languageOf('ja'), languageOf('ko-KR')]).toEqual(['pt', 'ja', 'en']);
});

test('locales are named in their own language', () => {
	expect([nameOf('de'), nameOf('es'), nameOf('not a locale')]).toEqual(['Deutsch', 'Español', 'not a locale']);
});

const now = Date.parse('2026-11-21T12:00:00Z');

test.each([
	['2026-11-21T11:59:50Z', 'en', 'this minute'],
	['2026-11-21T10:30:00Z', 'en', '1 hour ago'],
	['2026-11-20T11:00:00Z', 'de', 'gestern'],
	['2026-11-10T12:00:00Z', 'fr', 'la semaine dernière'],
	['2024-11-01T12:00:00Z', 'es', 'hace 2 años'],
	['nonsense', 'en', ''],
])('%s in %s is “%s”', (iso, locale, expected) => {
	expect(relativeTime(iso, now, locale)).toBe(expected);
});

test('dates and ratings follow the locale', () => {
	expect(fullDate('2026-11-21T12:00:00.000000+00:00', 'de')).toContain('November 2026');
	expect(fullDate('', 'de')).toBe('');
	expect([rating(7, 'en'), rating(7.25, 'de')]).toEqual(['7.0', '7,3']);
});
