using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>What <see cref="PatternMachine"/> can do.</summary>
internal enum PatternOp : byte
{
    /// <summary>The whole pattern has matched.</summary>
    Match,

    /// <summary>One char A of the basic plane.</summary>
    Char,

    /// <summary>One code point of Set.</summary>
    Set,

    /// <summary>A to B code points of Set, as many as there are; gives them back one by one unless possessive.</summary>
    Run,

    /// <summary>Goes on at A; at B if that fails.</summary>
    Split,

    /// <summary>Goes on at A.</summary>
    Jump,

    /// <summary>Holds where the <see cref="PositionKind"/> A holds.</summary>
    Position,

    /// <summary>Steps A code points back.</summary>
    Back,

    /// <summary>Register := position.</summary>
    Remember,

    /// <summary>Fails where nothing was consumed since <see cref="Remember"/>.</summary>
    FailIfUnmoved,

    /// <summary>Register := height of the stack.</summary>
    Enter,

    /// <summary>Forgets the choices made since <see cref="Enter"/>.</summary>
    Cut,

    /// <summary>Registers := height of the stack, position.</summary>
    EnterLook,

    /// <summary>Forgets the choices and goes back to the position of <see cref="EnterLook"/>.</summary>
    LeaveLook,

    /// <summary>As <see cref="EnterLook"/>, and goes on at A if the body fails.</summary>
    EnterNegative,

    /// <summary>The body of a negative look has matched: forgets its choices, the one of going on at A too, and fails.</summary>
    FailNegative,
}

internal readonly record struct PatternInstruction(PatternOp Op, int A = 0, int B = 0)
{
    public CodePointSet? Set { get; init; }

    public int Register { get; init; } = -1;

    public bool Possessive { get; init; }
}

/// <summary>A node that only the compiler makes: steps back in a look-behind.</summary>
internal sealed record Back(int CodePoints) : PatternNode;
