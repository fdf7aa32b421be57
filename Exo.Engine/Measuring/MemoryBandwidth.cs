using System.Diagnostics;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Measuring;

/// <summary>How fast this machine's cores read memory: the limit of decoding, measured now, since neighbours move it by tens of percent.</summary>
public static unsafe class MemoryBandwidth
{
    /// <summary>Floats that no cache holds: 256 MiB.</summary>
    private const long Count = 64L << 20;

    /// <summary>Places of an item that are read side by side. Which number is fastest is the machine's matter: four or eight often pass one by a third.</summary>
    private static readonly int[] Streams = [1, 4, 8];

    /// <summary>Bytes a second that <paramref name="threads"/> threads read together; the best of <paramref name="passes"/> passes over 256 MiB in each of several ways.</summary>
    public static double Measure(int threads, int passes = 4)
    {
        using var buffer = Buffer();
        using var team = new ComputeThreads(threads, "exo bandwidth");
        var job = new ReadJob((float*)buffer.Data);
        team.Run(job, ReadJob.Items);
        var best = TimeSpan.MaxValue;
        for (var pass = 0; pass < passes; pass++)
        {
            foreach (var streams in Streams)
            {
                job.StreamCount = streams;
                var start = Stopwatch.GetTimestamp();
                team.Run(job, ReadJob.Items);
                var elapsed = Stopwatch.GetElapsedTime(start);
                if (elapsed < best) best = elapsed;
            }
        }

        return Count * sizeof(float) / best.TotalSeconds;
    }

    /// <summary>Memory of its own: pages that were never written are one and the same page of zeros, which a cache holds.</summary>
    internal static NativePages Buffer()
    {
        var buffer = new NativePages(Count * sizeof(float), preferLarge: true);
        new Span<float>(buffer.Data, checked((int)Count)).Fill(1f);
        return buffer;
    }

    private sealed class ReadJob(float* data) : ComputeJob
    {
        public const int Items = 256;

        /// <summary>Where the sums go, so that reading can't be left out.</summary>
        private readonly float[] _sums = new float[Items];

        public int StreamCount { get; set; } = 1;

        public override void Execute(int item, int thread)
        {
            var from = data + item * (Count / Items);
            var length = Count / Items / StreamCount;
            Vector256<float> a = default, b = default;
            for (var i = 0L; i < length; i += 16)
            {
                for (var at = from + i; at < from + Count / Items; at += length)
                {
                    a += Vector256.Load(at);
                    b += Vector256.Load(at + 8);
                }
            }

            _sums[item] = Vector256.Sum(a + b);
        }
    }
}
