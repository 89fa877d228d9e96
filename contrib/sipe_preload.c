/*
 * LD_PRELOAD shim for running an unmodified finch / pidgin / any libpurple UI
 * with pidgin-sipe 1.25.0 on Debian 12.  The driver of the tests does not need it
 * (it applies the same two repairs from inside); it is for people.
 *
 *   gcc -shared -fPIC -O2 -o sipe_preload.so contrib/sipe_preload.c -ldl
 *   LD_PRELOAD=./sipe_preload.so finch
 *
 * 1. libxml2 2.9.14+dfsg-1.3~deb12u2 and later never call SAX1 callbacks when the
 *    handler block carries the SAX2 magic word - SIPE's does.
 * 2. libpurple's circular send buffer emits a message rotated when it was filled
 *    exactly to its end, drained, and must grow: use 64 KiB growth steps.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

struct sax_head { void *callbacks[27]; unsigned int initialized; };

int xmlSAXUserParseMemory(struct sax_head *sax, void *user, const char *buf, int size)
{
	static int (*real)(struct sax_head *, void *, const char *, int);
	if (!real)
		real = dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	if (sax && sax->initialized == 0xDEEDBEAFu && sax->callbacks[14])
		sax->initialized = 1;
	return real(sax, user, buf, size);
}

void *purple_circ_buffer_new(size_t growsize)
{
	static void *(*real)(size_t);
	if (!real)
		real = dlsym(RTLD_NEXT, "purple_circ_buffer_new");
	return real(growsize < 65536 ? 65536 : growsize);
}
