namespace Exo.Tests.Engine.Cpu;

/// <summary>Seeded test data in native memory that kernels can point at.</summary>
internal static class RandomFloats
{
    /// <summary>Normally distributed, deviation 1.</summary>
    public static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
