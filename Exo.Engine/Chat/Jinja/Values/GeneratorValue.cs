namespace Exo.Engine.Chat.Jinja;

/// <summary>What lazy filters give (<c>map</c>, <c>select</c>, <c>items</c>, …): items once, in order, made as they are asked for.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> items) : IdentityValue
{
    private readonly IEnumerator<Value> _items = items.GetEnumerator();
    private bool _isRunning;

    public override string TypeName => "generator";

    public override IEnumerable<Value> Iterate()
    {
        while (MoveNext()) yield return _items.Current;
    }

    private bool MoveNext()
    {
        // Generators over generators nest as deep as the template builds them.
        Limits.GuardStack();
        if (_isRunning) throw new TemplateError("generator already executing");
        _isRunning = true;
        try
        {
            return _items.MoveNext();
        }
        finally
        {
            _isRunning = false;
        }
    }
}
