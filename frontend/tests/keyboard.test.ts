import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import RequestButton from '#lib/components/RequestButton.svelte';
import RequestItem from '#lib/components/RequestItem.svelte';
import TitleCard from '#lib/components/TitleCard.svelte';
import TitleDetails from '#lib/components/TitleDetails.svelte';
import Toaster from '#lib/components/Toaster.svelte';
import { session } from '#lib/session/session.svelte.ts';
import type { Title } from '#lib/titles/title.ts';
import { toasts } from '#lib/toasts.svelte.ts';
import { library } from '#lib/library/library.svelte.ts';

let id = 1000;
const title = (more: Partial<Title> = {}): Title => ({
	kind: 'tv',
	id: id++,
	title: 'Dark',
	year: 2017,
	overview: 'A child is missing.',
	posterPath: null,
	rating: 0,
	seasons: null,
	imdbId: null,
	tvdbId: null,
	...more,
});

beforeEach(() => {
	session.end();
	session.begin('token', 'Ada');
	for (const toast of toasts.list) toasts.act(toast.id);
	vi.stubGlobal('fetch', async () => Response.json({ success: true, message: '' }));
});

test('the keyboard stays on the card when its button goes', async () => {
	render(TitleCard, { title: title() });
	const button = screen.getByRole('button', { name: 'Request Dark' });
	button.focus();
	await fireEvent.click(button);
	await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole('link', { name: 'Dark' })));
	expect(screen.queryByRole('button')).toBeNull();
});

test('the sheet’s button is one and the same whatever it does', async () => {
	render(RequestButton, { title: title() });
	const button = screen.getByRole('button', { name: 'Request' });
	button.focus();
	await fireEvent.click(button);
	expect(screen.getByRole('button', { name: 'Remove request' })).toBe(button);
	await vi.waitFor(() => expect(button.getAttribute('aria-disabled')).toBe('false'));
	expect(document.activeElement).toBe(button);
	await fireEvent.click(button);
	expect(screen.getByRole('button', { name: 'Request' })).toBe(button);
});

test('what was fulfilled says so on its card, and can be removed in its sheet', async () => {
	const fulfilled = title();
	library.takeAdded([fulfilled]);
	const { unmount } = render(TitleCard, { title: fulfilled });
	expect(screen.getByText('Added')).toBeTruthy();
	expect(screen.queryByRole('button')).toBeNull();
	unmount();
	render(RequestButton, { title: fulfilled });
	expect(screen.getByText('Added')).toBeTruthy();
	await fireEvent.click(screen.getByRole('button', { name: 'Remove request' }));
	expect(screen.queryByText('Added')).toBeNull();
});

test('a removed row hands the keyboard to the next one', async () => {
	const list = document.createElement('ul');
	document.body.append(list);
	const row = (name: string) => {
		const target = list.appendChild(document.createElement('li'));
		const request = { media_type: 'tv', tmdb_id: id++, title: name, created_at: '' } as const;
		return render(RequestItem, { target, props: { request, now: 0 } });
	};
	const first = row('First');
	row('Second');
	const button = screen.getByRole('button', { name: 'Remove the request for First' });
	button.focus();
	const clicked = fireEvent.click(button);
	// The list that it is in lets it go.
	first.unmount();
	await clicked;
	await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole('link', { name: 'Second' })));
	list.remove();
});

test('the usual shortcut undoes, is announced, and is left alone where one writes', async () => {
	const run = vi.fn();
	render(Toaster);
	const field = document.body.appendChild(document.createElement('input'));
	toasts.show('Copied');
	await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
	toasts.show('Removed', { lifetime: Infinity, action: { label: 'Undo', run, undoes: true } });
	await vi.waitFor(() => expect(screen.getByRole('status').textContent).toContain('Press Ctrl+Z to undo.'));
	await fireEvent.keyDown(field, { key: 'z', ctrlKey: true });
	await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true, shiftKey: true });
	await fireEvent.keyDown(document.body, { key: 'z' });
	expect(run).not.toHaveBeenCalled();
	await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
	expect(run).toHaveBeenCalledOnce();
	expect(toasts.list.map((toast) => toast.text)).toEqual(['Copied']);
	field.remove();
});

test('a message that goes gives the keyboard back to where it was', async () => {
	render(Toaster);
	const link = document.body.appendChild(document.createElement('button'));
	toasts.show('Removed', { lifetime: Infinity });
	const dismiss = await screen.findByRole('button', { name: 'Dismiss' });
	link.focus();
	dismiss.focus();
	await fireEvent.click(dismiss);
	await vi.waitFor(() => expect(document.activeElement).toBe(link));
	link.remove();
});

test('a sheet fills in what its list did not say', async () => {
	const plain = title();
	vi.stubGlobal('fetch', async (address: string) =>
		address.startsWith('/api/title/')
			? Response.json({
					id: plain.id,
					media_type: 'tv',
					title: 'Dark in another form',
					vote_average: 8.4,
					number_of_seasons: 11,
					imdb_id: 'tt5753856',
					tvdb_id: 334824,
				})
			: new Response('{}', { status: 404 }),
	);
	render(TitleDetails, { title: plain });
	const links = () =>
		within(screen.getByRole('list'))
			.getAllByRole('link')
			.map((link) => link.getAttribute('href'));
	expect(links()).toHaveLength(1);
	expect(await screen.findByText('11 seasons')).toBeTruthy();
	expect(screen.getByText(/8\.4/)).toBeTruthy();
	expect(screen.getByText(/A long series/)).toBeTruthy();
	expect(screen.getByRole('heading').textContent).toBe('Dark');
	expect(links()).toEqual([
		`https://www.themoviedb.org/tv/${plain.id}`,
		'https://www.imdb.com/title/tt5753856/',
		'https://www.thetvdb.com/dereferrer/series/334824',
	]);
});

test('a sheet is whole without the server', async () => {
	vi.stubGlobal('fetch', async () => new Response('{}', { status: 502 }));
	render(TitleDetails, { title: title({ seasons: 3, rating: 7 }) });
	await vi.waitFor(() => expect(screen.getByText('3 seasons')).toBeTruthy());
	expect(screen.getAllByRole('link')).toHaveLength(1);
});
