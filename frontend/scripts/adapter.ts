import adapterStatic from '@sveltejs/adapter-static';
import type { Adapter } from '@sveltejs/kit';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inlineScripts, scriptHash } from './site-inputs.ts';

interface Chunk {
	file: string;
	css?: string[];
	imports?: string[];
}

/** Stands in `app.html` where the names of built files are written. */
const placeholder = '/* filled in by scripts/adapter.ts */ {}';

/**
 * Writes a single-page app, and tells its page which files the first view will need: a page does not
 * name those itself, so that a browser would learn of them one round trip after another.
 */
export function singlePage(folder: string): Adapter {
	const plain = adapterStatic({ pages: folder, assets: folder, fallback: 'index.html', strict: true });
	return {
		...plain,
		async adapt(builder) {
			await plain.adapt(builder);
			const manifest = join(builder.getClientDirectory(), '.vite', 'manifest.json');
			const chunks = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, Chunk>;
			const page = join(folder, 'index.html');
			writeFileSync(page, withHints(readFileSync(page, 'utf8'), chunks));
		},
	};
}

function withHints(html: string, chunks: Record<string, Chunk>): string {
	const texts: Record<string, string> = {};
	for (const key of Object.keys(chunks)) {
		const language = /paraglide\/messages\/(\w+)\.js$/.exec(key)?.[1];
		if (language && language !== '_index') texts[language] = `/${chunks[key]?.file}`;
	}
	const first = unique(
		['client-optimized/app.js', 'runtime/client/entry.js'].flatMap((end) => filesOf(keyEnding(end, chunks), chunks)),
	);
	// Kit starts with the error page at hand as well.
	const discover = ['nodes/0.js', 'nodes/1.js', 'nodes/2.js'].flatMap((end) => filesOf(keyEnding(end, chunks), chunks));
	const signIn = filesOf(keyEnding('components/SignIn.svelte', chunks), chunks);
	const besidesFirst = (files: string[]) => unique(files.filter((file) => !first.includes(file)));
	if (!html.includes(placeholder) || !texts.en || first.length === 0) {
		throw new Error('app.html or the manifest has changed its form: scripts/adapter.ts must follow');
	}
	// Kit also names the styles of what is only opened later, and the page would wait for them.
	const lean = html.replace(/[ \t]*<link href="([^"]+)" rel="stylesheet">\n/g, (link, file: string) =>
		first.includes(file) ? link : '',
	);
	const filled = lean.replace(
		placeholder,
		JSON.stringify({
			first,
			discover: besidesFirst(discover),
			signIn: besidesFirst([...discover, ...signIn]),
			texts,
		}),
	);
	// The policy names the script by its hash, which has changed with its text.
	const [before] = inlineScripts(html);
	const [after] = inlineScripts(filled);
	return filled.replace(scriptHash(before ?? ''), scriptHash(after ?? ''));
}

function keyEnding(end: string, chunks: Record<string, Chunk>): string {
	const key = Object.keys(chunks).find((candidate) => candidate.endsWith(end));
	if (!key) throw new Error(`the manifest has no chunk for ${end}: scripts/adapter.ts must follow`);
	return key;
}

/** The addresses of a chunk's files and of those of all that it imports, which it has to wait for, first. */
function filesOf(key: string, chunks: Record<string, Chunk>): string[] {
	const chunk = chunks[key];
	if (!chunk) return [];
	const imported = (chunk.imports ?? []).flatMap((other) => filesOf(other, chunks));
	return unique([...imported, ...[...(chunk.css ?? []), chunk.file].map((file) => `/${file}`)]);
}

function unique<Item>(items: Item[]): Item[] {
	return [...new Set(items)];
}
