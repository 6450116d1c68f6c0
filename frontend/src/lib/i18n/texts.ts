// One chunk a language, so that a browser downloads only the texts that it shows.
const modules = import.meta.glob(['../paraglide/messages/*.js', '!**/_index.js']);

const loaders = new Map(
	Object.entries(modules).map(([path, load]) => [path.slice(path.lastIndexOf('/') + 1, -'.js'.length), load]),
);

/** The languages that the app's own texts are written in: those of `messages/`. */
export const languages: readonly string[] = [...loaders.keys()];

/** Loads the texts of one of the languages. */
export function loadTexts(language: string): Promise<unknown> {
	const load = loaders.get(language);
	return load ? load() : Promise.reject(new Error(`no texts in ${language}`));
}
