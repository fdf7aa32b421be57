using System.Diagnostics;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Measuring;

/// <summary>How many floating-point operations this machine's cores do in registers, of the width that does most: the limit of prefill, measured now.</summary>
public static class PeakArithmetic
{
    private const int Rounds = 100_000;

    /// <summary>Operations of one round and lane: twelve chains, a product and a sum each.</summary>
    private const double OperationsPerRound = 12 * 2;

    /// <summary>F32 operations a second that <paramref name="threads"/> threads do together, the best of <paramref name="passes"/> passes.</summary>
    public static double Measure(int threads, int passes = 4)
    {
        using var team = new ComputeThreads(threads, "exo peak");
        var narrow = Measure(team, threads, passes, new NarrowJob(), Vector256<float>.Count);
        return Vector512.IsHardwareAccelerated ? Math.Max(narrow, Measure(team, threads, passes, new WideJob(), Vector512<float>.Count)) : narrow;
    }

    private static double Measure(ComputeThreads team, int threads, int passes, ComputeJob job, int lanes)
    {
        var items = threads * 8;
        team.Run(job, items);
        var best = TimeSpan.MaxValue;
        for (var pass = 0; pass < passes; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            team.Run(job, items);
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed < best) best = elapsed;
        }

        return (double)items * Rounds * OperationsPerRound * lanes / best.TotalSeconds;
    }

    private sealed class NarrowJob : ComputeJob
    {
        /// <summary>Where the sums go, so that the work can't be left out.</summary>
        private float _sum;

        public override void Execute(int item, int thread)
        {
            var (x, y) = (Vector256.Create(1.0001f), Vector256.Create(0.9999f));
            Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (var round = 0; round < Rounds; round++)
            {
                a = Lanes.Fma(a, y, x);
                b = Lanes.Fma(b, y, x);
                c = Lanes.Fma(c, y, x);
                d = Lanes.Fma(d, y, x);
                e = Lanes.Fma(e, y, x);
                f = Lanes.Fma(f, y, x);
                g = Lanes.Fma(g, y, x);
                h = Lanes.Fma(h, y, x);
                i = Lanes.Fma(i, y, x);
                j = Lanes.Fma(j, y, x);
                k = Lanes.Fma(k, y, x);
                l = Lanes.Fma(l, y, x);
            }

            _sum = Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }

    private sealed class WideJob : ComputeJob
    {
        /// <summary>Where the sums go, so that the work can't be left out.</summary>
        private float _sum;

        public override void Execute(int item, int thread)
        {
            var (x, y) = (Vector512.Create(1.0001f), Vector512.Create(0.9999f));
            Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (var round = 0; round < Rounds; round++)
            {
                a = Vector512.FusedMultiplyAdd(a, y, x);
                b = Vector512.FusedMultiplyAdd(b, y, x);
                c = Vector512.FusedMultiplyAdd(c, y, x);
                d = Vector512.FusedMultiplyAdd(d, y, x);
                e = Vector512.FusedMultiplyAdd(e, y, x);
                f = Vector512.FusedMultiplyAdd(f, y, x);
                g = Vector512.FusedMultiplyAdd(g, y, x);
                h = Vector512.FusedMultiplyAdd(h, y, x);
                i = Vector512.FusedMultiplyAdd(i, y, x);
                j = Vector512.FusedMultiplyAdd(j, y, x);
                k = Vector512.FusedMultiplyAdd(k, y, x);
                l = Vector512.FusedMultiplyAdd(l, y, x);
            }

            _sum = Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }
}
