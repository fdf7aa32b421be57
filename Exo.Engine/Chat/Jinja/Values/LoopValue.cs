namespace Exo.Engine.Chat.Jinja;

/// <summary>The variable <c>loop</c>. It looks ahead only when asked to, as taking an item may have effects.</summary>
/// <param name="source">The items.</param>
/// <param name="length">How many, where that is known before they are taken.</param>
/// <param name="depth">How many loops of a recursive one are around this, from 0.</param>
/// <param name="recurse">Renders the loop over other items; null: it is not recursive.</param>
internal sealed class LoopValue(IEnumerable<Value> source, int? length, int depth, Func<Value, Value>? recurse) : IdentityValue, IDisposable
{
    private static readonly MethodTable Methods = new(
        new Builtin("cycle", "*", call => ((LoopValue)call.Self).Cycle(call.Arguments.Positional)),
        new Builtin("changed", "*", call => ((LoopValue)call.Self).Changed(call.Arguments.Positional, call.Rendering)));

    private readonly Queue<Value> _ahead = [];
    private readonly IEnumerator<Value> _items = source.GetEnumerator();
    private int _index = -1;
    private int? _length = length;
    private Value? _previous;
    private TupleValue? _lastChanged;

    public override string TypeName => "LoopContext";

    public override bool IsCallable => true;

    public override int? Length => _length ??= _index + 1 + TakeAll();

    /// <summary>This round's item.</summary>
    public Value Current { get; private set; } = NoneValue.None;

    public bool MoveNext()
    {
        var hasNext = Peek();
        if (!hasNext) return false;
        _previous = _index >= 0 ? Current : null;
        Current = _ahead.Dequeue();
        _index++;
        return true;
    }

    public override Value? Attribute(string name) => name switch
    {
        "index" => IntValue.Of(_index + 1),
        "index0" => IntValue.Of(_index),
        "revindex" => IntValue.Of(Length!.Value - _index),
        "revindex0" => IntValue.Of(Length!.Value - _index - 1),
        "first" => BoolValue.Of(_index == 0),
        "last" => BoolValue.Of(!Peek()),
        "length" => IntValue.Of(Length!.Value),
        "depth" => IntValue.Of(depth + 1),
        "depth0" => IntValue.Of(depth),
        "previtem" => _previous ?? UndefinedValue.Because("there is no previous item"),
        "nextitem" => Peek() ? _ahead.Peek() : UndefinedValue.Because("there is no next item"),
        _ => Methods.Bind(name, this),
    };

    public override Value Call(Arguments arguments, Rendering rendering)
    {
        if (recurse is null) throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.");
        if (arguments.Positional.Count != 1 || arguments.Named.Count > 0)
            throw new TemplateError("loop(…) takes the items to loop over and nothing else");
        return recurse(arguments.Positional[0]);
    }

    public void Dispose() => _items.Dispose();

    private bool Peek()
    {
        if (_ahead.Count == 0 && _items.MoveNext()) _ahead.Enqueue(_items.Current);
        return _ahead.Count > 0;
    }

    private int TakeAll()
    {
        while (_items.MoveNext()) _ahead.Enqueue(_items.Current);
        return _ahead.Count;
    }

    private Value Cycle(IReadOnlyList<Value> items) =>
        items.Count > 0 ? items[_index % items.Count] : throw new TemplateError("no items for cycling given");

    private BoolValue Changed(IReadOnlyList<Value> values, Rendering rendering)
    {
        var now = new TupleValue(values);
        if (_lastChanged is not null && Comparison.AreEqual(_lastChanged, now, rendering)) return BoolValue.False;
        _lastChanged = now;
        return BoolValue.True;
    }
}
