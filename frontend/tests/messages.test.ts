import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { i18n, m } from '#lib/i18n/i18n.svelte.ts';
import { languages } from '#lib/i18n/texts.ts';

interface Plural {
	declarations: string[];
	match: Record<string, string>;
}
type Catalogue = Record<string, string | [Plural]>;

const read = (language: string) => {
	const { $schema, ...texts } = JSON.parse(readFileSync(`messages/${language}.json`, 'utf8')) as Catalogue;
	expect($schema).toBeDefined();
	return texts;
};
const english = read('en');
const inputsOf = (text: string | [Plural]) => {
	const all = typeof text === 'string' ? [text] : Object.values(text[0].match);
	return [...new Set(all.flatMap((part) => [...part.matchAll(/\{(\w+)\}/g)].map((found) => found[1])))].sort();
};

function sources(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return entry.name === 'paraglide' ? [] : sources(path);
		return /\.(svelte|ts)$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
	});
}

test('every text is used, and every used text exists', () => {
	const used = new Set(sources('src').flatMap((code) => [...code.matchAll(/\bm\.(\w+)\(/g)].map((found) => found[1])));
	expect([...used].sort()).toEqual(Object.keys(english).sort());
});

test('the folder holds exactly the languages of the app', () => {
	expect(readdirSync('messages').sort()).toEqual(languages.map((language) => `${language}.json`).sort());
});

describe.each(languages)('%s', (language) => {
	const texts = read(language);

	test('has every text, none empty, none more', () => {
		expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
		for (const text of Object.values(texts)) {
			for (const part of typeof text === 'string' ? [text] : Object.values(text[0].match)) {
				expect(part.trim()).not.toBe('');
			}
		}
	});

	test('uses the same inputs as English', () => {
		for (const [key, text] of Object.entries(texts)) {
			const expected = inputsOf(english[key] ?? '');
			// A form for exactly one may leave the number out.
			expect(expected, key).toEqual(expect.arrayContaining(inputsOf(text)));
			if (typeof text === 'string') expect(inputsOf(text), key).toEqual(expected);
		}
	});

	test('has a form for each plural of the language', () => {
		// Only those that counts of people's libraries have: `many` of Romance languages is for millions.
		const rules = new Intl.PluralRules(language);
		const counts = Array.from({ length: 1000 }, (_, count) => rules.select(count));
		const needed = [...new Set(counts)].filter((category) => category !== 'other');
		for (const [key, text] of Object.entries(texts)) {
			if (typeof text === 'string') continue;
			const forms = Object.keys(text[0].match).map((form) => form.split('=')[1]);
			expect(forms, key).toContain('*');
			expect(forms.filter((form) => form !== '*').sort(), key).toEqual(needed.sort());
		}
	});
});

test.each([
	['en', ['1 season', '2 seasons']],
	['fr', ['1 saison', '2 saisons']],
	['pl', ['1 sezon', '2 sezony', '5 sezonów', '22 sezony']],
	['ja', ['1 シーズン', '2 シーズン']],
])('%s counts seasons', async (language, expected) => {
	await i18n.change(language);
	const counts = [1, 2, 5, 22].slice(0, expected.length);
	expect(counts.map((count) => m.season_count({ count }))).toEqual(expected);
});

test('French has nought in the singular', async () => {
	await i18n.change('fr');
	expect(m.season_count({ count: 0 })).toBe('0 saison');
});

test('a change of language shows in the document and is remembered', async () => {
	await i18n.change('pt-BR');
	expect(m.settings()).toBe('Configurações');
	expect(document.documentElement.lang).toBe('pt-BR');
	expect(localStorage.getItem('locale')).toBe('pt-BR');
});
