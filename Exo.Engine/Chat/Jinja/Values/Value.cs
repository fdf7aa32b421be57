namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// A value of the template language, with Python's meaning. Lists and dicts never change once made; only namespaces, cyclers,
/// joiners, loops and generators have state. Equality and hash are Python's <c>==</c> and <c>hash</c>.
/// </summary>
internal abstract class Value
{
    /// <summary>Python's name of the type, for messages: "str", "NoneType", …</summary>
    public abstract string TypeName { get; }

    /// <summary>Python's truth value.</summary>
    public virtual bool IsTrue => true;

    public virtual bool IsCallable => false;

    /// <summary>Python's <c>len()</c>, or null where the type has none.</summary>
    public virtual int? Length => null;

    /// <summary>
    /// Work of comparing or hashing it: about one unit per item at any depth and per 16 characters. A value that holds itself many times
    /// over (x = [x, x]) weighs as much as it would written out.
    /// </summary>
    public virtual long Weight => 1;

    /// <summary>Lists, tuples and dicts inside one another, this one included.</summary>
    public virtual int Depth => 0;

    /// <summary>Whether <c>in</c> can look into it and the <c>[ ]</c> operator and <c>len()</c> apply.</summary>
    public virtual bool IsSequence => false;

    /// <summary>Writes what <c>repr()</c> gives.</summary>
    public abstract void WriteRepr(TextBuilder output);

    /// <summary>Writes what <c>str()</c> gives.</summary>
    public virtual void WriteText(TextBuilder output) => WriteRepr(output);

    /// <summary>The items in order, or null where the type is not iterable. A generator gives those not yet taken.</summary>
    public virtual IEnumerable<Value>? Iterate() => null;

    /// <summary>The items backwards, or null where Python's <c>reversed()</c> refuses.</summary>
    public virtual IEnumerable<Value>? IterateBackwards() => null;

    /// <summary>A method or attribute of the type itself, or null.</summary>
    public virtual Value? Attribute(string name) => null;

    /// <summary>The element under <paramref name="key"/>, or null where there is none or the type has no elements.</summary>
    public virtual Value? Item(Value key, Rendering rendering) => null;

    /// <summary>The elements of a slice, or null where the type has none.</summary>
    public virtual Value? Slice(SliceBounds bounds, Rendering rendering) => null;

    /// <summary>Python's <c>in</c>.</summary>
    public virtual bool Contains(Value item, Rendering rendering)
    {
        if (Iterate() is not { } items) throw new TemplateError($"argument of type '{TypeName}' is not iterable");
        foreach (var candidate in items)
        {
            if (Comparison.AreEqual(candidate, item, rendering)) return true;
        }

        return false;
    }

    public virtual Value Call(Arguments arguments, Rendering rendering) => throw new TemplateError($"'{TypeName}' object is not callable");

    public abstract override bool Equals(object? other);

    public abstract override int GetHashCode();
}
