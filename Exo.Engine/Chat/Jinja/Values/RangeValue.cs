using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary><c>range(start, stop, step)</c>: at most <see cref="Limits.RangeLength"/> integers, made as they are asked for.</summary>
internal sealed class RangeValue(long start, long stop, long step, int count) : Value
{
    public override string TypeName => "range";

    public override bool IsTrue => count > 0;

    public override int? Length => count;

    public override bool IsSequence => true;

    private IntValue At(int index) => IntValue.Of(start + index * step);

    public override IEnumerable<Value> Iterate() => Enumerable.Range(0, count).Select(At);

    public override IEnumerable<Value> IterateBackwards() => Enumerable.Range(1, count).Select(i => At(count - i));

    public override Value? Item(Value key, Rendering rendering) =>
        Numbers.Integer(key) is { } number && SliceBounds.Element(number, count) is { } index ? At(index) : null;

    public override Value Slice(SliceBounds bounds, Rendering rendering)
    {
        var part = bounds.Over(count);
        return new RangeValue(start + part.Start * step, start + part.Stop * step, step * part.Step, part.Count);
    }

    public override void WriteRepr(TextBuilder output)
    {
        output.Append(string.Create(CultureInfo.InvariantCulture, $"range({start}, {stop}"));
        output.Append(step == 1 ? ")" : string.Create(CultureInfo.InvariantCulture, $", {step})"));
    }

    public override bool Equals(object? other) => other is RangeValue range
        && range.Length == count && (count == 0 || At(0).Equals(range.At(0))) && (count < 2 || At(1).Equals(range.At(1)));

    public override int GetHashCode() => HashCode.Combine(count, count > 0 ? start : 0, count > 1 ? step : 0);
}
