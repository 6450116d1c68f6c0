import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toasts } from '#lib/toasts.svelte.ts';

beforeEach(() => {
	vi.useFakeTimers();
});

afterEach(() => {
	for (const { id } of toasts.list) toasts.dismiss(id);
	vi.useRealTimers();
});

test('a message goes away by itself, and one that waits for an answer does not', () => {
	toasts.show('Copied');
	toasts.show('A new version is ready.', { lifetime: Infinity });
	vi.advanceTimersByTime(24 * 3600 * 1000);
	expect(toasts.list.map((toast) => toast.text)).toEqual(['A new version is ready.']);
});

test('pointing at a message stops its clock, and leaving starts it anew', () => {
	const onExpire = vi.fn();
	const id = toasts.show('Removed', { lifetime: 1000, onExpire });
	vi.advanceTimersByTime(900);
	toasts.pause(id);
	vi.advanceTimersByTime(5000);
	expect(onExpire).not.toHaveBeenCalled();
	toasts.resume(id);
	vi.advanceTimersByTime(1000);
	expect(onExpire).toHaveBeenCalledExactlyOnceWith(false);
});

test('a message whose action is taken does not expire as well', () => {
	const onExpire = vi.fn();
	const run = vi.fn();
	const id = toasts.show('Removed', { action: { label: 'Undo', run }, onExpire });
	toasts.act(id);
	vi.runAllTimers();
	expect(run).toHaveBeenCalledOnce();
	expect(onExpire).not.toHaveBeenCalled();
});
