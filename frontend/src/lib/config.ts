/** What the deployer tells the site in `/config.json`; the build itself knows none of it. */
export interface SiteConfig {
	/** Shown in the header, the document title and the sign-in page. */
	appName: string;
	/** The locales that trending files exist for, as TMDB writes them (`en`, `pt-BR`). */
	locales: string[];
	defaultLocale: string;
	/** Where posters are, without a trailing slash. */
	imageBase: string;
	/** Whether the deployment has a push key. */
	push: boolean;
	version: string;
}

export const fallbackConfig: SiteConfig = {
	appName: 'Stellarr',
	locales: ['en'],
	defaultLocale: 'en',
	imageBase: 'https://image.tmdb.org/t/p',
	push: false,
	version: '',
};

/** Reads a `config.json`, replacing whatever is missing or ill-typed by the fallback's value. */
export function parseConfig(value: unknown): SiteConfig {
	const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
	const text = (key: string, otherwise: string) => {
		const found = given[key];
		return typeof found === 'string' && found !== '' ? found : otherwise;
	};
	const locales = Array.isArray(given.locales)
		? given.locales.filter((locale): locale is string => typeof locale === 'string' && locale !== '')
		: [];
	const known = locales.length > 0 ? locales : fallbackConfig.locales;
	const wanted = text('default_locale', known[0] ?? fallbackConfig.defaultLocale);
	return {
		appName: text('app_name', fallbackConfig.appName),
		locales: known,
		defaultLocale: known.includes(wanted) ? wanted : (known[0] ?? wanted),
		imageBase: text('image_base', fallbackConfig.imageBase).replace(/\/+$/, ''),
		push: given.push === true,
		version: text('version', ''),
	};
}
