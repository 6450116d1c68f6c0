/**
 * Weighs the built site, gzipped, against its budgets: `npm run build && npm run size`. Exits with 1
 * when a budget is broken.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Chunk {
	file: string;
	imports?: string[];
	css?: string[];
}

const root = join(import.meta.dirname, '..');
const output = join(root, '.svelte-kit', 'output', 'client');
const site = join(root, 'build');
const manifest = JSON.parse(readFileSync(join(output, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>;

/** What the first page needs before it shows its posters: Kit's entries, the layout, Discover, English. */
const initial = [
	/entry\.js$/,
	/client-optimized\/app\.js$/,
	/nodes\/0\.js$/,
	/nodes\/2\.js$/,
	/paraglide\/messages\/en\.js$/,
];

const budgets = [
	{ name: 'initial route, JavaScript', bytes: weigh(withImports(initial)), most: 60 * 1024 },
	{ name: 'whole app, JavaScript', bytes: weigh(scripts(site)), most: 150 * 1024 },
	{ name: 'initial route, styles', bytes: weigh(stylesOf(initial)), most: 10 * 1024 },
	{ name: 'page', bytes: weigh(new Set(['index.html'])), most: 4 * 1024 },
];

let broken = false;
for (const { name, bytes, most } of budgets) {
	broken ||= bytes > most;
	const verdict = bytes > most ? 'TOO MUCH' : 'ok';
	console.log(`${name.padEnd(28)} ${kilobytes(bytes)} of ${kilobytes(most)} KB gzipped  ${verdict}`);
}
process.exitCode = broken ? 1 : 0;

function withImports(wanted: RegExp[]): Set<string> {
	return new Set(reached(wanted).map((chunk) => chunk.file));
}

function stylesOf(wanted: RegExp[]): Set<string> {
	return new Set(reached(wanted).flatMap((chunk) => chunk.css ?? []));
}

function reached(wanted: RegExp[]): Chunk[] {
	const found = new Set<string>();
	const visit = (key: string) => {
		if (found.has(key)) return;
		found.add(key);
		manifest[key]?.imports?.forEach(visit);
	};
	for (const pattern of wanted) {
		const keys = Object.keys(manifest).filter((key) => pattern.test(key));
		if (keys.length === 0) throw new Error(`the manifest has no chunk for ${pattern}: has Kit renamed it?`);
		keys.forEach(visit);
	}
	return [...found].flatMap((key) => manifest[key] ?? []);
}

function scripts(folder: string, below = ''): Set<string> {
	const names = readdirSync(join(folder, below), { withFileTypes: true });
	return new Set(
		names.flatMap((entry) => {
			const path = join(below, entry.name);
			if (entry.isDirectory()) return [...scripts(folder, path)];
			return entry.name.endsWith('.js') ? [path] : [];
		}),
	);
}

function weigh(files: Set<string>): number {
	return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(site, file)), { level: 9 }).length, 0);
}

function kilobytes(bytes: number): string {
	return (bytes / 1024).toFixed(1).padStart(6);
}
