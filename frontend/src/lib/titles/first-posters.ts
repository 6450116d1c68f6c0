import { peek } from '../preloaded.ts';
import { gridSizes, posterSet } from './poster.ts';
import { titlesOf, trendingPath } from './trending.ts';

/** The posters that a phone's first screen has room for. */
const number = 2;

/**
 * Asks for the first posters of Discover while the page is still being drawn, where the inline script of
 * `app.html` has already asked for its titles.
 */
export async function fetchFirstPosters(imageBase: string, locale: string): Promise<void> {
	for (const { posterPath } of titlesOf(await peek(trendingPath('all', locale))).slice(0, number)) {
		if (!posterPath) continue;
		const image = new Image();
		image.fetchPriority = 'high';
		image.sizes = gridSizes;
		image.srcset = posterSet(imageBase, posterPath, 92, 342);
	}
}
