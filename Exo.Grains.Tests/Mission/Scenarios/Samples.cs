namespace Exo.Grains.Tests.Mission.Scenarios;

/// <summary>Milliseconds that were measured, one after the other.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public void Add(double milliseconds) => _values.Add(milliseconds);

    /// <summary>The value that this share of them doesn't exceed.</summary>
    public double At(double share)
    {
        _values.Sort();
        return _values.Count == 0 ? double.NaN : _values[(int)Math.Min(_values.Count - 1, _values.Count * share)];
    }
}
