import { chooseLocale, languageOf, textLocale } from './negotiate.ts';
import { loadTexts } from './texts.ts';
import { readStoredText, writeStored } from '../storage.ts';

type Compiled = typeof import('../paraglide/messages/en.js');
type Inputs<Message> = Message extends (inputs: infer Input) => unknown ? Input : never;

/** The texts of one language: a function a message, which takes an argument only when it has inputs. */
export type Messages = {
	readonly [Key in keyof Compiled]: Record<never, never> extends Inputs<Compiled[Key]>
		? () => string
		: (inputs: Record<keyof Inputs<Compiled[Key]>, string | number>) => string;
};

/** Where the locale of last time is kept, chosen or not; `app.html` reads it. */
const shownKey = 'locale_shown';

/** Holds the current locale and its texts. */
class I18n {
	/** One of the deployment's locales: decides TMDB's language, dates and numbers. */
	locale = $state('en');
	messages = $state.raw<Messages>();
	#turn = 0;

	/** Starts to fetch the texts that will probably be needed. */
	async guess(): Promise<void> {
		const locale = readStoredText('locale') ?? readStoredText(shownKey) ?? navigator.languages[0] ?? 'en';
		await loadTexts(languageOf(locale)).catch(() => undefined);
	}

	/** Takes the stored or the browser's language, within the deployment's locales. */
	async start(available: readonly string[], otherwise: string): Promise<void> {
		const stored = readStoredText('locale');
		await this.#show(chooseLocale(available, stored, navigator.languages, otherwise));
		// Next time's first files are asked for by it, without taking it for anybody's wish.
		writeStored(shownKey, this.locale);
	}

	/** Changes the language at once and remembers it. */
	async change(locale: string): Promise<void> {
		if (await this.#show(locale)) writeStored('locale', locale);
	}

	/** Returns whether it is shown: of two changes the later one counts, whichever texts come first. */
	async #show(locale: string): Promise<boolean> {
		const turn = ++this.#turn;
		const messages = (await loadTexts(languageOf(locale))) as Messages;
		if (turn !== this.#turn) return false;
		this.messages = messages;
		this.locale = locale;
		document.documentElement.lang = textLocale(locale);
		return true;
	}
}

export const i18n = new I18n();

/** The current texts: `m.sign_in()`. Reading one inside a template makes the template follow the language. */
export const m = new Proxy({} as Messages, {
	get(_target, key) {
		const messages = i18n.messages as Record<string | symbol, unknown> | undefined;
		return messages?.[key] ?? (() => '');
	},
});
