import { expect, test } from 'vitest';
import { isSameMember, nameFault } from '#lib/session/name.ts';

test('a name has 1 to 50 characters, as the server counts them', () => {
	expect(nameFault('  Zoë ')).toBeUndefined();
	expect(nameFault(' \t\n')).toBe('length');
	expect(nameFault('🦊'.repeat(50))).toBeUndefined();
	expect(nameFault('🦊'.repeat(51))).toBe('length');
	expect(nameFault(`${'a'.repeat(25)}${' '.repeat(40)}b`)).toBeUndefined();
	expect(nameFault('\ufdfa'.repeat(3))).toBe('length');
});

test('what cannot be seen is refused before it is sent', () => {
	const refused = ['\0', '\t', '\n', '\u007f', '\u00ad', '\u200b', '\u200d', '\u202e', '\u2066', '\u3164', '\ufeff'];
	for (const character of refused)
		expect(nameFault(`Zo${character}ë`), encodeURIComponent(character)).toBe('characters');
	expect(nameFault('Zoë ❤\ufe0f 木村')).toBeUndefined();
});

test('case, width and blanks tell nobody apart', () => {
	const pairs = [
		['Zoë', 'ZOË'],
		['Zoë', 'zoe\u0308'],
		['Anna Maria', ' anna   MARIA '],
		['Anna', 'anna '],
		['Anna', 'Ａｎｎａ'],
		['Straße', 'STRASSE'],
		['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
		['Zoë', 'Zo\u200bë'],
		['Zoë ❤', 'zoë ❤\ufe0f'],
	] as const;
	for (const [one, other] of pairs) expect(isSameMember(one, other), `${one} ${other}`).toBe(true);
	expect(isSameMember('Zoë', 'Zoe')).toBe(false);
});
