/* SPDX-License-Identifier: MIT */
/* A small pool of threads. They meet many times a millisecond, so that one that waits looks for
 * some microseconds before it sleeps: longer than the gaps between products, shorter than what
 * sleeping costs, and short enough to leave the CPU to other processes that want it. */
#include "threads.h"
#include "kernels.h"
#include "room.h"
#include "tensor.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Some 12 us. Four times as many halve the speed of two threads on one CPU. */
enum { LOOKS = 500 };

/* Ten times what was seen to be used, OpenBLAS's part included: between 64 and 96 KiB. */
enum { STACK_SIZE = 1 << 20 };

/* What several threads do together; run = NULL: end. */
typedef struct {
    void (*run)(size_t thread, void *context);
    void *context;
} team;

/* A thread of the pool and its letter box. Both sides may sleep on it: while one still wakes up,
 * the other may already wait for the next letter. */
typedef struct {
    _Alignas(64) _Atomic(const team *) work; /* NULL: none, or done */
    atomic_int n_asleep;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t id;
    size_t number;
} worker;

/* Written by tensor_init alone. */
static size_t n_threads = 1;
static worker *workers; /* n_threads - 1; the first is thread 1 */

/* What the calling thread is in. */
static _Thread_local struct {
    size_t number;
    bool is_in_team;
} here;

/* ---- Letter boxes ---- */

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static bool is_filled(worker *w) { return atomic_load(&w->work); }

static void await(worker *w, bool filled)
{
    for (int i = 0; i < LOOKS; i++, relax())
        if (is_filled(w) == filled)
            return;
    pthread_mutex_lock(&w->lock);
    atomic_fetch_add(&w->n_asleep, 1);
    while (is_filled(w) != filled)
        pthread_cond_wait(&w->changed, &w->lock);
    atomic_fetch_sub(&w->n_asleep, 1);
    pthread_mutex_unlock(&w->lock);
}

/* Both sides write their word before they read the other's: either the sleeper sees the work or we
 * see the sleeper. */
static void put(worker *w, const team *work)
{
    atomic_store(&w->work, work);
    if (!atomic_load(&w->n_asleep))
        return;
    pthread_mutex_lock(&w->lock);
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* ---- The pool ---- */

static void *work_until_end(void *argument)
{
    worker *w = argument;
    here.number = w->number;
    here.is_in_team = true;
    for (;;) {
        await(w, true);
        const team *t = atomic_load(&w->work);
        if (!t->run)
            return NULL;
        t->run(w->number, t->context);
        put(w, NULL);
    }
}

/* Returns an error number. Its stack does not depend on the environment's or the shell's limits. */
static int worker_start(worker *w, size_t number)
{
    pthread_attr_t attributes;
    w->number = number;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int status = pthread_create(&w->id, &attributes, work_until_end, w);
    pthread_attr_destroy(&attributes);
    return status;
}

static void worker_end(worker *w)
{
    put(w, &(team){0});
    pthread_join(w->id, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
}

static void pool_end(void)
{
    while (n_threads > 1)
        worker_end(&workers[--n_threads - 1]);
    free(workers);
    workers = NULL;
}

/* Signals are the calling thread's alone: what a handler leaves is there when it goes on. Those
 * that tell of a fault stay with whoever made it. */
static void block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, before);
}

static int pool_start(size_t threads, error *e)
{
    sigset_t before;
    int reason = 0;
    workers = allocate(threads - 1, sizeof *workers);
    block_signals(&before);
    while (n_threads < threads && (reason = worker_start(&workers[n_threads - 1], n_threads)) == 0)
        n_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (reason == 0)
        return 0;
    size_t made = n_threads;
    pool_end();
    return fail(e, STATUS_FAILED, "thread %zu of %zu cannot be started: %s; --threads 1 needs none",
                made + 1, threads, strerror(reason));
}

int tensor_init(size_t threads, error *e)
{
    assert(threads >= 1 && !here.is_in_team);
    pool_end();
    if (kernels_choose(e) || room_check_stack(e) ||
        room_check((threads - 1) * STACK_SIZE, threads, e))
        return -1;
    return pool_start(threads, e);
}

size_t tensor_threads(void) { return n_threads; }

void run_team(size_t threads, void (*run)(size_t thread, void *context), void *context)
{
    const team t = {run, context};
    assert(threads <= n_threads && !here.is_in_team);
    here.is_in_team = threads > 1;
    for (size_t i = 1; i < threads; i++)
        put(&workers[i - 1], &t);
    run(0, context);
    for (size_t i = 1; i < threads; i++)
        await(&workers[i - 1], false);
    here.is_in_team = false;
}

/* ---- Beside the pool ---- */

static void *run_background(void *argument)
{
    const background *b = argument;
    here.is_in_team = true; /* the pool is its maker's */
    b->run(b->context);
    return NULL;
}

void background_start(background *b, void (*run)(void *context), void *context)
{
    sigset_t before;
    pthread_attr_t attributes;
    pthread_t *thread = allocate(1, sizeof *thread);
    *b = (background){.run = run, .context = context, .thread = thread};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    block_signals(&before);
    if (pthread_create(thread, &attributes, run_background, b)) {
        free(thread);
        b->thread = NULL;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

void background_end(background *b)
{
    if (b->thread)
        pthread_join(*(pthread_t *)b->thread, NULL);
    else if (b->run)
        b->run(b->context);
    free(b->thread);
    *b = (background){0};
}

/* ---- Loops ---- */

typedef struct {
    size_t n;
    atomic_size_t next;
    void (*body)(size_t i, size_t thread, void *context);
    void *context;
} loop;

static void run_loop(size_t thread, void *context)
{
    loop *l = context;
    for (size_t i; (i = atomic_fetch_add(&l->next, 1)) < l->n;)
        l->body(i, thread, l->context);
}

void parallel_for(size_t n, void (*body)(size_t i, size_t thread, void *context), void *context)
{
    loop l = {.n = n, .body = body, .context = context};
    if (n < 2 || here.is_in_team)
        run_loop(here.number, &l);
    else /* no more threads than bodies: one alone may hand out loops of its own */
        run_team(n < n_threads ? n : n_threads, run_loop, &l);
}

size_t parallel_width(size_t n)
{
    if (here.is_in_team || n < 2)
        return 1;
    return n < n_threads ? n : n_threads;
}

size_t count_parts(size_t steps, size_t steps_worth_a_thread)
{
    if (here.is_in_team)
        return 1;
    size_t most = steps / steps_worth_a_thread;
    return most < 2 ? 1 : most < n_threads ? most : n_threads;
}

typedef struct {
    size_t total, unit, n_parts;
    void (*body)(part p, const void *context);
    const void *context;
} split;

static void run_part(size_t i, void *context)
{
    const split *s = context;
    size_t units = (s->total + s->unit - 1) / s->unit;
    size_t first = units * i / s->n_parts * s->unit, end = units * (i + 1) / s->n_parts * s->unit;
    s->body((part){first, (end < s->total ? end : s->total) - first}, s->context);
}

void for_each_part(size_t total, size_t unit, size_t n_parts,
                   void (*body)(part p, const void *context), const void *context)
{
    split s = {total, unit, n_parts, body, context};
    if (n_parts == 1)
        run_part(0, &s);
    else
        run_team(n_parts, run_part, &s);
}
