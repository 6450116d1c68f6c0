import { readStoredText, removeStored, writeStored } from './storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** The colours of the browser's own bar: those of the page, as in `app.html`. */
const barColours = { dark: '#101014', light: '#f7f7fa' };

/** Holds the choice of colours. The inline script of `app.html` applies it before the first paint. */
class ThemeChoice {
	current = $state<Theme>('system');

	start(): void {
		const stored = readStoredText('theme');
		this.current = themes.find((theme) => theme === stored) ?? 'system';
	}

	change(theme: Theme): void {
		this.current = theme;
		colourBar(theme);
		if (theme === 'system') {
			removeStored('theme');
			delete document.documentElement.dataset.theme;
		} else {
			writeStored('theme', theme);
			document.documentElement.dataset.theme = theme;
		}
	}
}

function colourBar(theme: Theme): void {
	for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
		const own = meta.media.includes('dark') ? 'dark' : 'light';
		meta.content = barColours[theme === 'system' ? own : theme];
	}
}

export const theme = new ThemeChoice();
