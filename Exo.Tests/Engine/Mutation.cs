using System.Diagnostics;
using Exo.Engine;

namespace Exo.Tests.Engine;

/// <summary>Spoils bytes in seeded ways, and holds a reader to what it owes a spoiled file: an answer or an error, soon and in bounds.</summary>
internal static class Mutation
{
    private static readonly string[] Numbers =
        ["-1", "0", "1", "1e999", "-0.5", "NaN", "2147483647", "2147483648", "4294967296", "9223372036854775807", "18446744073709551615", "99999999999999999999999", "null", "\"7\"", "[]", "{}", "true"];

    /// <summary>A spoiled copy: flipped, cut, doubled, swapped or with other values in a number's or a text's place.</summary>
    public static byte[] Spoil(byte[] right, int seed)
    {
        var random = new Random(seed);
        var bytes = right.ToList();
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 1; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.Slice(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                case 4:
                    (bytes[at], bytes[random.Next(bytes.Count)]) = (bytes[random.Next(bytes.Count)], bytes[at]);
                    break;
                default:
                    ReplaceNumber(bytes, at, Numbers[random.Next(Numbers.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Runs the reader on spoiled copies of a file; returns how many it accepted.</summary>
    /// <param name="right">What is spoiled.</param>
    /// <param name="count">How many copies.</param>
    /// <param name="maxAllocation">Bytes one reading may allocate.</param>
    /// <param name="read">Reads a copy; throws <see cref="InvalidModelException"/> or nothing.</param>
    public static int Survive(byte[] right, int count, long maxAllocation, Action<byte[]> read)
    {
        var accepted = 0;
        for (var seed = 0; seed < count; seed++)
        {
            var spoiled = Spoil(right, seed);
            var (allocated, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            try
            {
                read(spoiled);
                accepted++;
            }
            catch (InvalidModelException problem)
            {
                Assert.DoesNotContain('\n', problem.Message);
            }
            catch (Exception crash) when (crash is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {seed}: {crash}");
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < maxAllocation, $"seed {seed} allocated {GC.GetAllocatedBytesForCurrentThread() - allocated} bytes");
            // Generous: a machine may be busy, but a reading of a few kilobytes that takes this long hangs.
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"seed {seed} took {clock.Elapsed}");
        }

        return accepted;
    }

    private static void ReplaceNumber(List<byte> bytes, int from, string number)
    {
        var start = bytes.FindIndex(from, value => value is >= (byte)'0' and <= (byte)'9');
        if (start < 0) return;
        var end = start;
        while (end < bytes.Count && bytes[end] is (>= (byte)'0' and <= (byte)'9') or (byte)'.') end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, System.Text.Encoding.UTF8.GetBytes(number));
    }
}
