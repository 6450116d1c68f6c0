import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import RequestItem from '#lib/components/RequestItem.svelte';
import SegmentedControl from '#lib/components/SegmentedControl.svelte';
import SignIn from '#lib/components/SignIn.svelte';
import SignOutEverywhere from '#lib/components/SignOutEverywhere.svelte';
import TitleCard from '#lib/components/TitleCard.svelte';
import Toaster from '#lib/components/Toaster.svelte';
import QrCode from '#lib/components/QrCode.svelte';
import { i18n } from '#lib/i18n/i18n.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';
import { toasts } from '#lib/toasts.svelte.ts';
import type { Title } from '#lib/titles/title.ts';

const title: Title = {
	kind: 'tv',
	id: 70523,
	title: 'Dark <b>',
	year: 2017,
	overview: 'A child is missing.',
	posterPath: '/d.jpg',
	rating: 8.43,
	seasons: 11,
	imdbId: null,
	tvdbId: null,
};

vi.mock('#lib/session/challenge-worker.ts', () => ({
	answerInWorker: (input: { timestamp: number }) =>
		Promise.resolve({ origin: 'http://localhost', timestamp: input.timestamp, hash: 'ab' }),
}));

beforeEach(() => {
	session.end();
	for (const toast of toasts.list) toasts.act(toast.id);
});

const parameters = () => Response.json({ iterations: 10 }, { headers: { date: new Date().toUTCString() } });

async function fillIn() {
	await fireEvent.input(screen.getByLabelText('Your name'), { target: { value: ' Ada ' } });
	await fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'secret' } });
	await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('signing in sends the answer and the name, never the password', async () => {
	const fetch = vi.fn(async (address: string, _init: RequestInit) =>
		address === '/api/auth/params' ? parameters() : Response.json({ valid: true, token: 't', name: 'Ada' }),
	);
	vi.stubGlobal('fetch', fetch);
	render(SignIn);
	await fillIn();
	await vi.waitFor(() => expect(session.signedIn).toBe(true));
	const sent = fetch.mock.calls.at(-1)?.[1].body as string;
	expect(JSON.parse(sent)).toMatchObject({ hash: 'ab', name: 'Ada', origin: 'http://localhost' });
	expect(sent).not.toContain('secret');
	expect(JSON.parse(localStorage.getItem('auth_session') ?? '')).toMatchObject({
		authenticated: true,
		token: 't',
		name: 'Ada',
	});
});

test.each([
	[401, {}, 'That password is not right.'],
	[429, { 'retry-after': '840' }, 'Too many wrong tries. Wait 14 minutes, then try again.'],
	[429, { 'retry-after': '20' }, 'Too many wrong tries. Wait a minute, then try again.'],
	[503, {}, 'Something went wrong. Please try again.'],
	[403, {}, 'Too many tries. Wait a moment.'],
])('status %d with %j is said as “%s”', async (status, headers, text) => {
	vi.stubGlobal('fetch', async (address: string) =>
		address === '/api/auth/params' ? parameters() : new Response('{}', { status, headers: headers as HeadersInit }),
	);
	render(SignIn);
	await fillIn();
	expect((await screen.findByText(text)).getAttribute('role')).toBe('alert');
	expect(session.signedIn).toBe(false);
	expect(document.activeElement).toBe(screen.getByLabelText('Password'));
});

test('a name with what cannot be seen is said so, here or by the server', async () => {
	const fetch = vi.fn(async (address: string) =>
		address === '/api/auth/params' ? parameters() : new Response('{}', { status: 400 }),
	);
	vi.stubGlobal('fetch', fetch);
	render(SignIn);
	await fillIn();
	const text = 'A name must not contain control characters or invisible characters.';
	expect((await screen.findByText(text)).getAttribute('role')).toBe('alert');
	expect(document.activeElement).toBe(screen.getByLabelText('Your name'));
	fetch.mockClear();
	await fireEvent.input(screen.getByLabelText('Your name'), { target: { value: 'Ad\u200ba' } });
	await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
	expect(await screen.findByText(text)).toBeTruthy();
	expect(fetch).not.toHaveBeenCalled();
});

test.each([
	['   ', 0],
	['🦊'.repeat(51), 0],
	[` ${'🦊'.repeat(50)} `, 1],
])('the name “%s” is sent %d times', async (name, times) => {
	const fetch = vi.fn(async (address: string) =>
		address === '/api/auth/params' ? parameters() : Response.json({ valid: true, token: 't', name: name.trim() }),
	);
	vi.stubGlobal('fetch', fetch);
	render(SignIn);
	await fillIn();
	await vi.waitFor(() => expect(session.signedIn).toBe(true));
	session.end();
	fetch.mockClear();
	await fireEvent.input(screen.getByLabelText('Your name'), { target: { value: name } });
	await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
	if (times === 0) {
		expect((await screen.findByText('A name has 1 to 50 characters.')).getAttribute('role')).toBe('alert');
		expect(document.activeElement).toBe(screen.getByLabelText('Your name'));
	} else await vi.waitFor(() => expect(session.signedIn).toBe(true));
	expect(fetch.mock.calls.filter(([address]) => address === '/api/auth/verify')).toHaveLength(times);
});

test('a card shows what is known, as text', () => {
	render(TitleCard, { title });
	const link = screen.getByRole('link', { name: 'Dark <b>' });
	expect(link.getAttribute('href')).toBe('/title/tv/70523');
	expect(screen.getByText('Series · 2017')).toBeTruthy();
	expect(screen.getByText('11 seasons').className).toContain('warn');
	expect(screen.getByRole('button', { name: 'Request Dark <b>' })).toBeTruthy();
	const image = document.querySelector('img');
	expect(image?.getAttribute('width')).toBe('342');
	expect(image?.getAttribute('loading')).toBe('lazy');
	expect(image?.srcset).toContain('/w185/d.jpg 185w');
});

test('a card follows the language', async () => {
	await i18n.change('de');
	render(TitleCard, { title });
	expect(screen.getByText('Serie · 2017')).toBeTruthy();
	expect(screen.getByText(/8,4/)).toBeTruthy();
	expect(screen.getByText('11 Staffeln')).toBeTruthy();
});

test('a poster that fails to load gives way to a placeholder', async () => {
	render(TitleCard, { title });
	await fireEvent.error(document.querySelector('img') as HTMLImageElement);
	expect(document.querySelector('img')).toBeNull();
});

test('a request without its id says what to do', () => {
	const request = { media_type: 'tv', tmdb_id: 1, title: 'Dark', created_at: '2026-11-20T10:00:00+00:00' } as const;
	const { rerender } = render(RequestItem, { request, now: Date.parse('2026-11-21T12:00:00Z') });
	expect(screen.getByText('No TVDB id')).toBeTruthy();
	expect(screen.getByText(/Add the series to Sonarr by hand/)).toBeTruthy();
	expect(screen.getByText('yesterday')).toBeTruthy();
	return rerender({ request: { ...request, tvdb_id: 5, added_at: '2026-11-21T10:00:00+00:00' } }).then(() => {
		expect(screen.queryByText('No TVDB id')).toBeNull();
		expect(screen.getByText('Added')).toBeTruthy();
	});
});

test('a segmented control is a group of radio buttons', async () => {
	const onchange = vi.fn();
	render(SegmentedControl, {
		label: 'Kind',
		value: 'all',
		onchange,
		options: [
			{ value: 'all', label: 'All', count: '3' },
			{ value: 'tv', label: 'Series' },
		],
	});
	const group = within(screen.getByRole('group', { name: 'Kind' }));
	expect((group.getByRole('radio', { name: /All/ }) as HTMLInputElement).checked).toBe(true);
	await fireEvent.click(group.getByRole('radio', { name: 'Series' }));
	expect(onchange).toHaveBeenCalledWith('tv');
});

test('messages are announced, wait while they are pointed at, and can be undone', async () => {
	vi.useFakeTimers();
	const run = vi.fn();
	render(Toaster);
	const status = screen.getByRole('status');
	toasts.show('Removed', { lifetime: 1000, action: { label: 'Undo', run } });
	await vi.advanceTimersByTimeAsync(0);
	const toast = within(status).getByRole('group');
	await fireEvent.pointerEnter(toast);
	await vi.advanceTimersByTimeAsync(5000);
	await fireEvent.click(within(toast).getByRole('button', { name: 'Undo' }));
	expect(run).toHaveBeenCalledOnce();
	expect(within(status).queryByText('Removed')).toBeNull();
	toasts.error('Broken');
	await vi.advanceTimersByTimeAsync(0);
	expect(within(screen.getByRole('alert')).getByText('Broken')).toBeTruthy();
	await vi.advanceTimersByTimeAsync(8000);
	expect(screen.queryByText('Broken')).toBeNull();
	vi.useRealTimers();
});

test('a QR code is drawn as one path of whole modules', () => {
	render(QrCode, { text: 'https://stellarr.example.com/list/radarr?token=abc', label: 'QR' });
	const path = screen.getByRole('img', { name: 'QR' }).querySelector('path')?.getAttribute('d') ?? '';
	expect(path).toMatch(/^(M\d+ \d+h1v1h-1z)+$/);
});

test('signing out everywhere is asked for twice and goes on with a new session', async () => {
	session.begin('old', 'Ada');
	const fetch = vi.fn(async (_address: string, _init: RequestInit) => Response.json({ token: 'new', name: 'Ada' }));
	vi.stubGlobal('fetch', fetch);
	render(SignOutEverywhere);
	await fireEvent.click(screen.getByRole('button', { name: 'Sign out everywhere' }));
	const confirm = await screen.findByRole('button', { name: 'Yes, end all sessions' });
	await vi.waitFor(() => expect(document.activeElement).toBe(confirm));
	await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
	expect(fetch).not.toHaveBeenCalled();
	await fireEvent.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
	await fireEvent.click(await screen.findByRole('button', { name: 'Yes, end all sessions' }));
	await vi.waitFor(() => expect(session.token).toBe('new'));
	expect(session.name).toBe('Ada');
	const [address, init] = fetch.mock.calls[0] ?? [];
	expect([address, init?.method]).toEqual(['/api/auth/sign-out-everywhere', 'POST']);
	expect(new Headers(init?.headers).get('authorization')).toBe('Bearer old');
	expect(toasts.list.map((toast) => toast.text)).toEqual(['All other sessions have ended.']);
});

test.each([
	[429, 'Too many tries. Wait a moment.', 'old'],
	[503, 'Something went wrong. Please try again.', 'old'],
	[401, 'You are signed out.', undefined],
])('when signing out everywhere fails with %d, “%s” is said', async (status, text, token) => {
	session.begin('old', 'Ada');
	vi.stubGlobal('fetch', async () => new Response('{}', { status }));
	render(SignOutEverywhere);
	await fireEvent.click(screen.getByRole('button', { name: 'Sign out everywhere' }));
	await fireEvent.click(await screen.findByRole('button', { name: 'Yes, end all sessions' }));
	await vi.waitFor(() => expect(toasts.list.map((toast) => toast.text)).toEqual([text]));
	expect(session.token).toBe(token);
});
