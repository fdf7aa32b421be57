using System.Diagnostics;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Measuring;

/// <summary>How many floating-point operations this machine's cores do in registers: the limit of prefill, measured now.</summary>
public static class PeakArithmetic
{
    private const int Rounds = 200_000;

    /// <summary>Operations of one round: twelve chains of eight lanes, a product and a sum each.</summary>
    private const double OperationsPerRound = 12 * 8 * 2;

    /// <summary>F32 operations a second that <paramref name="threads"/> threads do together, the best of <paramref name="passes"/> passes.</summary>
    public static double Measure(int threads, int passes = 4)
    {
        using var team = new ComputeThreads(threads, "exo peak");
        var job = new FmaJob();
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

        return items * Rounds * OperationsPerRound / best.TotalSeconds;
    }

    private sealed class FmaJob : ComputeJob
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
}
