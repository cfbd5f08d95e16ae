// How fast can this processor render attractors at all? A measuring stick in C, at the accuracy
// of the renderer's own sine and with its pixels: one image per vector lane, visits in 16 bits,
// nothing toned, compressed or written. It is also an independent twin: its counts must equal
// the renderer's to the last one (bench/render.py compares them).
//
//   cc -O3 -march=native -mprefer-vector-width=512 -ffp-contract=off -fno-math-errno \
//      -fno-trapping-math -fopenmp stick.c -o stick -lm
//   ./stick ROWS.bin STEPS COUNTS.bin
//
// ROWS.bin: float64 rows x0 y0 a b c d, a multiple of LANES of them. Prints million map steps
// per second over all cores, one line per view, best of five; writes the counts of the first
// LANES images, fixed view then tight.
#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, BLOCK = 32, SIZE = 128, AREA = SIZE * SIZE, MIDDLE = SIZE / 2 * SIZE + SIZE / 2 };
#define EACH_LANE _Pragma("omp simd") for (int i = 0; i < LANES; i++)
#define FMA __builtin_fma

static inline double sine(double t) {
  const double round = 0x1.8p52;
  double shifted = FMA(t, 0x1.45f306dc9c883p-2, round), k = shifted - round;
  double r = FMA(-k, 0x1.1a62633145c07p-53, FMA(-k, 0x1.921fb54442d18p+1, t)), s = r * r;
  double p = FMA(0x1.8829a103f4948p-49, s, -0x1.ae431d85e3a5fp-41);
  p = FMA(p, s, 0x1.6123cb28ba6ebp-33);
  p = FMA(p, s, -0x1.ae6454cb56212p-26);
  p = FMA(p, s, 0x1.71de3a5287c4bp-19);
  p = FMA(p, s, -0x1.a01a01a0148bcp-13);
  p = FMA(p, s, 0x1.11111111110c1p-7);
  p = FMA(p, s, -0x1.5555555555555p-3);
  double value = FMA(s * p, r, r);
  uint64_t bits, parity;
  memcpy(&bits, &value, 8);
  memcpy(&parity, &shifted, 8);
  bits ^= parity << 63;
  memcpy(&value, &bits, 8);
  return value;
}

typedef struct {
  double x[LANES], y[LANES], a[LANES], b[LANES], c[LANES], d[LANES];
  double scale_x[LANES], shift_x[LANES], scale_y[LANES], shift_y[LANES];
  float left[LANES], right[LANES], bottom[LANES], top[LANES];
} Group;

static inline __attribute__((always_inline)) void step(Group *g) {
  EACH_LANE {
    double x = g->x[i], y = g->y[i];
    g->x[i] = FMA(g->c[i], sine(x * g->b[i]), sine(y * g->b[i]));
    g->y[i] = FMA(g->d[i], sine(y * g->a[i]), sine(x * g->a[i]));
  }
}

static void aim(double low, double high, double *scale, double *shift) {
  *scale = high > low ? SIZE * (1.0 - 0x1p-30) / (high - low) : 0.0;
  *shift = -(0.5 * (low + high) * *scale);
}

static void render(const double *rows, long steps, int tight, float *orbit, uint16_t *counts) {
  Group group, *g = &group;
  for (int i = 0; i < LANES; i++) {
    const double *row = rows + 6 * i;
    g->x[i] = row[0], g->y[i] = row[1], g->a[i] = row[2];
    g->b[i] = row[3], g->c[i] = row[4], g->d[i] = row[5];
    g->right[i] = tight ? -FLT_MAX : (float)(1 + fabs(row[4]));
    g->top[i] = tight ? -FLT_MAX : (float)(1 + fabs(row[5]));
    g->left[i] = -g->right[i], g->bottom[i] = -g->top[i];
  }
  for (long n = 0; tight && n < steps; n++) {
    float *at = orbit + n * 2 * LANES;
    EACH_LANE {
      float x = (float)g->x[i], y = (float)g->y[i];
      g->left[i] = x < g->left[i] ? x : g->left[i];
      g->right[i] = x > g->right[i] ? x : g->right[i];
      g->bottom[i] = y < g->bottom[i] ? y : g->bottom[i];
      g->top[i] = y > g->top[i] ? y : g->top[i];
      at[i] = x, at[LANES + i] = y;
    }
    step(g);
  }
  for (int i = 0; i < LANES; i++) {
    aim(g->left[i], g->right[i], g->scale_x + i, g->shift_x + i);
    aim(-(double)g->top[i], -(double)g->bottom[i], g->scale_y + i, g->shift_y + i);
  }
  uint32_t pixels[BLOCK * LANES];
  for (long start = 0; start < steps; start += BLOCK) {
    int block = steps - start < BLOCK ? (int)(steps - start) : BLOCK;
    for (int n = 0; n < block; n++) {
      const float *at = orbit + (start + n) * 2 * LANES;
      uint32_t *into = pixels + n * LANES;
      EACH_LANE {
        double x = tight ? at[i] : (float)g->x[i], y = tight ? at[LANES + i] : (float)g->y[i];
        double column = __builtin_floor(FMA(x, g->scale_x[i], g->shift_x[i]));
        double row = __builtin_floor(FMA(-y, g->scale_y[i], g->shift_y[i]));
        into[i] = (uint32_t)((int32_t)FMA(row, SIZE, column) + MIDDLE + AREA * i);
      }
      if (!tight) step(g);
    }
    for (int k = 0; k < block * LANES; k++) counts[pixels[k]]++;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: stick ROWS.bin STEPS COUNTS.bin\n"), 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return perror(argv[1]), 2;
  fseek(file, 0, SEEK_END);
  long groups = ftell(file) / (long)(6 * LANES * sizeof(double)), steps = atol(argv[2]);
  rewind(file);
  double *rows = malloc(sizeof(double) * 6 * LANES * groups);
  if (groups < 1 || fread(rows, sizeof(double) * 6 * LANES, groups, file) != (size_t)groups) return 2;
  uint16_t *counts = malloc(sizeof(uint16_t) * LANES * AREA * groups);
  float *orbits = malloc(sizeof(float) * 2 * LANES * steps * omp_get_max_threads());
  FILE *out = fopen(argv[3], "wb");
  if (!out) return perror(argv[3]), 2;
  for (int tight = 0; tight < 2; tight++) {
    double best = 0;
    for (int round = 0; round < 5; round++) {
      memset(counts, 0, sizeof(uint16_t) * LANES * AREA * groups);
      double began = omp_get_wtime();
#pragma omp parallel for schedule(dynamic, 1)
      for (long g = 0; g < groups; g++)
        render(rows + 6 * LANES * g, steps, tight, orbits + 2 * LANES * steps * omp_get_thread_num(),
               counts + LANES * AREA * g);
      double rate = 1e-6 * (double)(steps * LANES * groups) / (omp_get_wtime() - began);
      best = rate > best ? rate : best;
    }
    printf("%s %.1f\n", tight ? "tight" : "fixed", best);
    fwrite(counts, sizeof(uint16_t), LANES * AREA, out);
  }
  return fclose(out);
}
