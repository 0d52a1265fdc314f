/*
 * IFD handler 3.0 for pcsc-lite: readers that a simulator keeps, on a unix socket (DEVICENAME in reader.conf).
 * It only carries: two connections for each slot, one for requests and their answers, one on which the simulator
 * writes a byte whenever something has changed. What the frames mean stands in package device/sim/ifd.
 *
 * Error model: a simulator that does not answer is a reader that is no longer there (IFD_NO_SUCH_DEVICE).
 */
#define _GNU_SOURCE /* secure functions and SOCK_CLOEXEC */
#include <ifdhandler.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SLOTS 64
#define FRAME 8 /* bytes before an answer's data: result, length */
#define LARGEST 70000

struct slot {
	int used;
	DWORD lun;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int request, events, stop[2];
	pthread_mutex_t line;
};

static struct slot slots[SLOTS];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static int get(int fd, void *to, size_t n)
{
	for (unsigned char *p = to; n > 0;) {
		ssize_t done = recv(fd, p, n, 0);
		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int put(int fd, const void *from, size_t n)
{
	for (const unsigned char *p = from; n > 0;) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static uint32_t number(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_number(unsigned char *p, uint32_t n)
{
	p[0] = n >> 24;
	p[1] = n >> 16;
	p[2] = n >> 8;
	p[3] = n;
}

/* dial opens a connection and says what it is for. */
static int dial(const char *path, char role, DWORD lun)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	unsigned char hello[2] = {(unsigned char)role, lun & 0xFF};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 || put(fd, hello, sizeof hello) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct slot *find(DWORD lun)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].used && slots[i].lun == lun)
			return &slots[i];
	return NULL;
}

/* add connects a slot; the table is held. */
static struct slot *add(DWORD lun, const char *path)
{
	struct slot *s = NULL;

	for (int i = 0; i < SLOTS && !s; i++)
		if (!slots[i].used)
			s = &slots[i];
	if (!s)
		return NULL;
	if ((s->request = dial(path, 'C', lun)) < 0)
		return NULL;
	if ((s->events = dial(path, 'E', lun)) < 0) {
		close(s->request);
		return NULL;
	}
	if (pipe(s->stop) != 0) {
		close(s->request);
		close(s->events);
		return NULL;
	}
	pthread_mutex_init(&s->line, NULL);
	s->lun = lun;
	strncpy(s->path, path, sizeof s->path - 1);
	s->used = 1;
	return s;
}

/* at returns a slot. pcscd opens the first slot of a reader only; the others are connected when first used. */
static struct slot *at(DWORD lun)
{
	struct slot *s, *first;

	pthread_mutex_lock(&table);
	s = find(lun);
	if (!s && (lun & 0xFFFF) != 0 && (first = find(lun & ~(DWORD)0xFFFF)) != NULL)
		s = add(lun, first->path);
	pthread_mutex_unlock(&table);
	return s;
}

/* ask sends a request and waits for its answer: at most *room bytes of it, their number in *room. */
static RESPONSECODE ask(DWORD lun, char op, const void *data, size_t n, unsigned char *answer, DWORD *room)
{
	struct slot *s = at(lun);
	unsigned char head[5], frame[FRAME], rest[LARGEST];
	RESPONSECODE result = IFD_NO_SUCH_DEVICE;
	DWORD have = room ? *room : 0, length;

	if (room)
		*room = 0;
	if (!s)
		return result;
	head[0] = (unsigned char)op;
	write_number(head + 1, (uint32_t)n);
	pthread_mutex_lock(&s->line);
	if (put(s->request, head, sizeof head) == 0 && put(s->request, data, n) == 0 && get(s->request, frame, sizeof frame) == 0 &&
	    (length = number(frame + 4)) <= sizeof rest && get(s->request, rest, length) == 0) {
		result = (RESPONSECODE)number(frame);
		if (length > have && room)
			result = IFD_ERROR_INSUFFICIENT_BUFFER;
		else if (room && length > 0) {
			memcpy(answer, rest, length);
			*room = length;
		}
	}
	pthread_mutex_unlock(&s->line);
	return result;
}

/* wait_for_change returns when the simulator has news, pcscd wants the thread to stop, or the time is over. */
static RESPONSECODE wait_for_change(DWORD lun, int milliseconds)
{
	struct slot *s = at(lun);
	unsigned char news[64];

	if (!s)
		return IFD_NO_SUCH_DEVICE;
	struct pollfd fds[2] = {{.fd = s->events, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};
	if (poll(fds, 2, milliseconds) > 0 && fds[0].revents != 0 && recv(s->events, news, sizeof news, 0) <= 0)
		return IFD_NO_SUCH_DEVICE;
	return IFD_SUCCESS;
}

static RESPONSECODE stop_waiting(DWORD lun)
{
	struct slot *s = at(lun);

	if (s && write(s->stop[1], "", 1) != 1)
		return IFD_COMMUNICATION_ERROR;
	return IFD_SUCCESS;
}

/* socket_of is the simulator's socket: DEVICENAME as it is, or the node in "usb:vid/pid:libudev:interface:node". */
static const char *socket_of(const char *name)
{
	const char *node = strncmp(name, "usb:", 4) ? NULL : strstr(name, ":/");

	return node ? node + 1 : name;
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR path)
{
	struct slot *s;
	DWORD none = 0;

	pthread_mutex_lock(&table);
	s = find(lun) ? find(lun) : add(lun, socket_of(path));
	pthread_mutex_unlock(&table);
	if (!s)
		return IFD_NO_SUCH_DEVICE;
	RESPONSECODE result = ask(lun, 'O', NULL, 0, NULL, &none);
	if (result != IFD_SUCCESS)
		IFDHCloseChannel(lun);
	return result;
}

RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel)
{
	(void)lun;
	(void)channel;
	return IFD_COMMUNICATION_ERROR; /* no socket without a name */
}

RESPONSECODE IFDHCloseChannel(DWORD lun)
{
	pthread_mutex_lock(&table);
	struct slot *s = find(lun);
	if (s) {
		pthread_mutex_lock(&s->line);
		close(s->request);
		close(s->events);
		close(s->stop[0]);
		close(s->stop[1]);
		s->used = 0;
		pthread_mutex_unlock(&s->line);
	}
	pthread_mutex_unlock(&table);
	return IFD_SUCCESS;
}

static RESPONSECODE one(PDWORD length, PUCHAR value, unsigned char is)
{
	if (*length < 1)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	*length = 1;
	*value = is;
	return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
	switch (tag) {
	case TAG_IFD_SIMULTANEOUS_ACCESS:
		return one(length, value, 16);
	case TAG_IFD_THREAD_SAFE:
	case TAG_IFD_SLOT_THREAD_SAFE:
		return one(length, value, 1);
	case TAG_IFD_SLOTS_NUMBER:
		*length = 1;
		return ask(lun, 'N', NULL, 0, value, length);
	case TAG_IFD_POLLING_THREAD_KILLABLE:
		return one(length, value, 0);
	case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
		*length = sizeof(void *);
		*(void **)value = (void *)wait_for_change;
		return IFD_SUCCESS;
	case TAG_IFD_STOP_POLLING_THREAD:
		*length = sizeof(void *);
		*(void **)value = (void *)stop_waiting;
		return IFD_SUCCESS;
	case TAG_IFD_ATR:
	case 0x90303: /* SCARD_ATTR_ATR_STRING */
		return ask(lun, 'A', NULL, 0, value, length);
	}
	return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
	(void)lun;
	(void)tag;
	(void)length;
	(void)value;
	return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR a, UCHAR b, UCHAR c)
{
	(void)lun;
	(void)flags;
	(void)a;
	(void)b;
	(void)c;
	return protocol == SCARD_PROTOCOL_T1 ? IFD_SUCCESS : IFD_PROTOCOL_NOT_SUPPORTED;
}

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD length)
{
	DWORD room = MAX_ATR_SIZE;
	RESPONSECODE result;

	*length = 0;
	if (action == IFD_POWER_DOWN)
		return ask(lun, 'D', NULL, 0, NULL, NULL);
	result = ask(lun, action == IFD_RESET ? 'R' : 'U', NULL, 0, atr, &room);
	if (result == IFD_SUCCESS)
		*length = room;
	return result;
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send_header, PUCHAR command, DWORD n, PUCHAR answer, PDWORD room,
			       PSCARD_IO_HEADER receive_header)
{
	(void)send_header;
	if (receive_header)
		receive_header->Protocol = 1;
	return ask(lun, 'T', command, n, answer, room);
}

RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR data, DWORD n, PUCHAR answer, DWORD room, LPDWORD returned)
{
	unsigned char frame[4 + 4096];
	DWORD have = room;
	RESPONSECODE result;

	*returned = 0;
	if (n > sizeof frame - 4)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	write_number(frame, (uint32_t)code);
	if (n > 0)
		memcpy(frame + 4, data, n);
	result = ask(lun, 'C', frame, n + 4, answer, &have);
	if (result == IFD_SUCCESS)
		*returned = have;
	return result;
}

RESPONSECODE IFDHICCPresence(DWORD lun)
{
	return ask(lun, 'S', NULL, 0, NULL, NULL);
}
