import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** PBKDF2-HMAC-SHA-256 without WebCrypto; several times slower. */
export async function derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
	return pbkdf2Async(sha256, password, salt, { c: iterations, dkLen: 32, asyncTick: 1000 });
}

/** SHA-256 without WebCrypto. */
export async function digest(data: Uint8Array): Promise<Uint8Array> {
	return sha256(data);
}
