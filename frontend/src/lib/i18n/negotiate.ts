import { languages } from './texts.ts';

/** Finds the language of the texts for a TMDB locale such as `pt-BR`; English when there is none. */
export function languageOf(locale: string): string {
	const base = locale.toLowerCase().split('-')[0] ?? '';
	return languages.find((language) => language === base) ?? 'en';
}

/** The locale of the texts that are shown for a TMDB locale: itself, or English when they are in English instead. */
export function textLocale(locale: string): string {
	const language = languageOf(locale);
	return locale.toLowerCase().split('-')[0] === language ? locale : language;
}

/**
 * Chooses among the deployment's locales: what was chosen before, else the first of the browser's
 * languages that fits exactly or by language alone, else the deployment's default.
 */
export function chooseLocale(
	available: readonly string[],
	stored: string | undefined,
	preferred: readonly string[],
	otherwise: string,
): string {
	if (stored !== undefined && available.includes(stored)) return stored;
	const wishes = stored === undefined ? preferred : [stored, ...preferred];
	for (const wish of wishes) {
		const exact = available.find((locale) => locale.toLowerCase() === wish.toLowerCase());
		if (exact) return exact;
		const base = wish.toLowerCase().split('-')[0];
		const near = available.find((locale) => locale.toLowerCase().split('-')[0] === base);
		if (near) return near;
	}
	return otherwise;
}

/** Names a locale in its own language, capitalised: `Deutsch`, `Português (Brasil)`. */
export function nameOf(locale: string): string {
	try {
		const name =
			new Intl.DisplayNames([locale], { type: 'language', languageDisplay: 'standard' }).of(locale) ?? locale;
		return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
	} catch {
		return locale;
	}
}
