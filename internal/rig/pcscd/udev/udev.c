/*
 * libudev as pcscd uses it, for a machine without udev and without USB: preloaded into pcscd, it tells of readers that
 * are plugged in and out as a test writes them to a pipe, and has pcscd look for drivers in the test's own folder.
 *
 * UDEV_PIPE is the pipe: records of RECORD bytes, "add" or "remove", the device's name and its node, each ended by NUL.
 * UDEV_DRIVERS stands for pcscd's folder of drivers.
 *
 * Error model: a record that is cut short is none.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD 256
#define DRIVERS "/usr/lib/pcsc/drivers"

struct udev { int pipe; };
struct udev_device { char record[RECORD]; const char *name, *node; };

static struct udev udev = {-1};

struct udev *udev_new(void)
{
	const char *path = getenv("UDEV_PIPE");

	if (path && udev.pipe < 0)
		udev.pipe = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* both ways: the test may come and go */
	return udev.pipe < 0 ? NULL : &udev;
}

struct udev *udev_unref(struct udev *u) { (void)u; return NULL; }

struct udev *udev_monitor_new_from_netlink(struct udev *u, const char *name) { (void)name; return u; }
int udev_monitor_filter_add_match_subsystem_devtype(struct udev *m, const char *s, const char *t) { (void)m; (void)s; (void)t; return 0; }
int udev_monitor_enable_receiving(struct udev *m) { (void)m; return 0; }
int udev_monitor_get_fd(struct udev *m) { return m->pipe; }

struct udev_device *udev_monitor_receive_device(struct udev *m)
{
	struct udev_device *d = calloc(1, sizeof *d);

	if (d && read(m->pipe, d->record, RECORD) == RECORD && d->record[RECORD - 1] == 0) {
		d->name = d->record + strlen(d->record) + 1;
		d->node = d->name + strlen(d->name) + 1;
		return d;
	}
	free(d);
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *d) { free(d); return NULL; }
const char *udev_device_get_action(struct udev_device *d) { return d->record; }
const char *udev_device_get_sysname(struct udev_device *d) { return d->name; }
const char *udev_device_get_devnode(struct udev_device *d) { return d->node; }

struct udev_device *udev_device_get_parent_with_subsystem_devtype(struct udev_device *d, const char *s, const char *t)
{
	(void)s;
	(void)t;
	return d;
}

const char *udev_device_get_sysattr_value(struct udev_device *d, const char *name)
{
	(void)d;
	if (!strcmp(name, "idVendor") || !strcmp(name, "idProduct"))
		return "4d44";
	if (!strcmp(name, "bInterfaceNumber"))
		return "00";
	return NULL;
}

/* Nothing is plugged in when pcscd starts. */
void *udev_enumerate_new(struct udev *u) { return u; }
int udev_enumerate_add_match_subsystem(void *e, const char *s) { (void)e; (void)s; return 0; }
int udev_enumerate_scan_devices(void *e) { (void)e; return 0; }
void *udev_enumerate_get_list_entry(void *e) { (void)e; return NULL; }
void *udev_enumerate_unref(void *e) { (void)e; return NULL; }
void *udev_list_entry_get_next(void *l) { (void)l; return NULL; }
const char *udev_list_entry_get_name(void *l) { (void)l; return NULL; }
struct udev_device *udev_device_new_from_syspath(struct udev *u, const char *p) { (void)u; (void)p; return NULL; }

/* instead leads from pcscd's folder of drivers to the test's. */
static const char *instead(const char *path, char *room, size_t size)
{
	const char *drivers = getenv("UDEV_DRIVERS");

	if (!path || !drivers || strncmp(path, DRIVERS, strlen(DRIVERS)) != 0)
		return path;
	snprintf(room, size, "%s%s", drivers, path + strlen(DRIVERS));
	return room;
}

DIR *opendir(const char *path)
{
	char room[4096];
	DIR *(*next)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");

	return next(instead(path, room, sizeof room));
}

FILE *fopen(const char *path, const char *mode)
{
	char room[4096];
	FILE *(*next)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");

	return next(instead(path, room, sizeof room), mode);
}

void *dlopen(const char *path, int flags)
{
	char room[4096];
	void *(*next)(const char *, int) = (void *(*)(const char *, int)) dlsym(RTLD_NEXT, "dlopen");

	return next(instead(path, room, sizeof room), flags);
}
