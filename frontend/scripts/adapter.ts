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
	let discover: string[] = [];
	for (const [key, chunk] of Object.entries(chunks)) {
		const language = /paraglide\/messages\/(\w+)\.js$/.exec(key)?.[1];
		if (language && language !== '_index') texts[language] = `/${chunk.file}`;
		if (key.endsWith('nodes/2.js')) discover = [...filesOf(key, chunks)].map((file) => `/${file}`);
	}
	// What the page names itself needs no second hint.
	discover = discover.filter((file) => !html.includes(file));
	if (!html.includes(placeholder) || !texts.en || discover.length === 0) {
		throw new Error('app.html or the manifest has changed its form: scripts/adapter.ts must follow');
	}
	const filled = html.replace(placeholder, JSON.stringify({ discover, texts }));
	// The policy names the script by its hash, which has changed with its text.
	const [before] = inlineScripts(html);
	const [after] = inlineScripts(filled);
	return filled.replace(scriptHash(before ?? ''), scriptHash(after ?? ''));
}

/** A chunk's files and those of all that it imports. */
function filesOf(key: string, chunks: Record<string, Chunk>, found = new Set<string>()): Set<string> {
	const chunk = chunks[key];
	if (!chunk || found.has(chunk.file)) return found;
	for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
	for (const imported of chunk.imports ?? []) filesOf(imported, chunks, found);
	return found;
}
