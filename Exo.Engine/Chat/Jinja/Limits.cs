using System.Runtime.CompilerServices;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// What a template may use up. Templates come from strangers' repositories; real ones stay orders of magnitude below each of these.
/// </summary>
internal static class Limits
{
    /// <summary>Units of work of one render: about one per evaluated node, looped item or eight characters of text made or searched.</summary>
    public const long Work = 2_000_000;

    /// <summary>Further units of work for each character of the input, so that a long conversation may be read many times.</summary>
    public const int WorkPerInputCharacter = 8;

    /// <summary>UTF-16 units of the longest text, the output included, beside twice the input's own length.</summary>
    public const int TextLength = 8 << 20;

    /// <summary>Items of the longest <c>range</c> and of a list made by repetition; Jinja's own figure for range.</summary>
    public const int RangeLength = 100_000;

    /// <summary>Macros, call blocks and recursive loops inside one another.</summary>
    public const int CallDepth = 200;

    /// <summary>Scopes inside one another: blocks, and macros that macros defined.</summary>
    public const int ScopeDepth = 1_000;

    /// <summary>Lists, tuples and dicts inside one another.</summary>
    public const int ValueDepth = 1_000;

    /// <summary>Levels of the syntax tree, so blocks, parentheses and operator chains.</summary>
    public const int TreeDepth = 250;

    /// <summary>Bits of the largest integer, a little over the 4,300 decimal digits that Python prints.</summary>
    public const int IntegerBits = 14_400;

    /// <summary>Digits of an integer written out, as Python limits them.</summary>
    public const int IntegerDigits = 4_300;

    /// <summary>Digits after the point that a number format may ask for.</summary>
    public const int Precision = 1_000;

    /// <summary>UTF-16 units of a template's own text.</summary>
    public const int SourceLength = 1 << 20;

    /// <summary>
    /// Throws before the stack ends: for generators, which nest as deep as a template builds them, and for threads of little stack.
    /// </summary>
    public static void GuardStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw TemplateError.Limit("nested too deeply");
    }
}
