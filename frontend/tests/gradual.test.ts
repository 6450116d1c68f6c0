import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import TitleGrid from '#lib/components/TitleGrid.svelte';
import type { Title } from '#lib/titles/title.ts';

const titles = (number: number, from = 1): Title[] =>
	Array.from({ length: number }, (_, index) => ({
		kind: 'movie',
		id: from + index,
		title: `Film ${from + index}`,
		year: 2020,
		overview: '',
		posterPath: null,
		rating: 0,
		seasons: null,
		imdbId: null,
		tvdbId: null,
	}));

const waiting = new Set<() => void>();

beforeEach(() => {
	waiting.clear();
	vi.stubGlobal('requestIdleCallback', (callback: () => void) => (waiting.add(callback), callback));
	vi.stubGlobal('cancelIdleCallback', (callback: () => void) => waiting.delete(callback));
});

/** Lets the browser be idle once. */
async function idle() {
	const callbacks = [...waiting];
	waiting.clear();
	for (const callback of callbacks) callback();
	await tick();
}

const drawn = () => screen.getAllByRole('listitem').length;

test('a long list begins at once, and is whole in the end', async () => {
	render(TitleGrid, { titles: titles(30), label: 'Films' });
	expect(drawn()).toBeLessThan(30);
	expect(screen.getByText('Film 1')).toBeTruthy();
	const before = drawn();
	await idle();
	expect(drawn()).toBeGreaterThan(before);
	while (waiting.size > 0) await idle();
	expect(drawn()).toBe(30);
});

test('more of the same list is added to what is there, and another list begins anew', async () => {
	const first = titles(20);
	const { rerender } = render(TitleGrid, { titles: first, label: 'Films' });
	while (waiting.size > 0) await idle();
	await rerender({ titles: [...first, ...titles(20, 21)] });
	expect(drawn()).toBeGreaterThanOrEqual(20);
	while (waiting.size > 0) await idle();
	expect(drawn()).toBe(40);
	await rerender({ titles: titles(40, 101) });
	expect(drawn()).toBeLessThan(40);
	expect(screen.queryByText('Film 1')).toBeNull();
});

test('who comes back to a page finds as much of its list as before', async () => {
	const list = titles(30);
	const { unmount } = render(TitleGrid, { titles: list, label: 'Films' });
	while (waiting.size > 0) await idle();
	unmount();
	render(TitleGrid, { titles: list, label: 'Films' });
	expect(drawn()).toBe(30);
});

test('nothing goes on after the page was left', async () => {
	const { unmount } = render(TitleGrid, { titles: titles(30), label: 'Films' });
	expect(waiting.size).toBe(1);
	unmount();
	expect(waiting.size).toBe(0);
});
