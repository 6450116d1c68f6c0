import type { Title } from './lib/titles/title.ts';

declare global {
	namespace App {
		interface PageState {
			/** The title that a sheet above the page shows. */
			title?: Title;
		}
	}
}

export {};
