/** What the server refuses in a name: what cannot be seen, or changes the direction of what follows. */
const invisible =
	/[\p{Cc}\p{Bidi_Control}\u2028\u2029\u2800\ufff9-\ufffb]|(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}/u;

const invisibleOrVariation = new RegExp(`${invisible.source}|[\\ufe00-\\ufe0f]`, 'gu');

/** Says what is wrong with a name, by the server's rules; undefined when nothing is. */
export function nameFault(text: string): 'length' | 'characters' | undefined {
	if (invisible.test(text.trim())) return 'characters';
	// Counted as the server counts, for whom one emoji is one character.
	const length = [...collapsed(text.normalize('NFKC'))].length;
	return length >= 1 && length <= 50 ? undefined : 'length';
}

/** Says whether two names are spellings of one member's: case, width and blanks tell nobody apart. */
export function isSameMember(one: string, other: string): boolean {
	return one === other || key(one) === key(other);
}

function key(name: string): string {
	const visible = name.normalize('NFKC').replaceAll(invisibleOrVariation, '');
	return collapsed(visible.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC'));
}

function collapsed(text: string): string {
	return text.trim().replaceAll(/\s+/g, ' ');
}
