import { readStoredText, removeStored, writeStored } from './storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Holds the choice of colours. The inline script of `app.html` applies it before the first paint. */
class ThemeChoice {
	current = $state<Theme>('system');

	start(): void {
		const stored = readStoredText('theme');
		this.current = themes.find((theme) => theme === stored) ?? 'system';
	}

	change(theme: Theme): void {
		this.current = theme;
		if (theme === 'system') {
			removeStored('theme');
			delete document.documentElement.dataset.theme;
		} else {
			writeStored('theme', theme);
			document.documentElement.dataset.theme = theme;
		}
	}
}

export const theme = new ThemeChoice();
