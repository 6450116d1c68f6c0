/** Poster widths that TMDB renders. */
const widths = [92, 154, 185, 342, 500] as const;

export type PosterWidth = (typeof widths)[number];

/** The address of a poster at one of TMDB's widths. */
export function posterUrl(imageBase: string, path: string, width: PosterWidth): string {
	return `${imageBase}/w${width}${path}`;
}

/** The poster at every width from `least` to `most`, for `srcset`. */
export function posterSet(imageBase: string, path: string, least: PosterWidth, most: PosterWidth): string {
	return widths
		.filter((width) => width >= least && width <= most)
		.map((width) => `${posterUrl(imageBase, path, width)} ${width}w`)
		.join(', ');
}

/** The `sizes` of a poster in a grid of cards. */
export const gridSizes = '(max-width: 30rem) 46vw, (max-width: 48rem) 28vw, 11rem';
