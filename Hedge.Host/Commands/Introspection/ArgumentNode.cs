using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

/// <summary>One node of a command's argument tree, as COMMAND DOCS shows it.</summary>
public sealed record ArgumentNode
{
    /// <summary>Type of a node that is one of its children.</summary>
    public const string OneOf = "oneof";

    /// <summary>Type of a node that is all of its children.</summary>
    public const string Block = "block";

    /// <summary>Type of a literal word.</summary>
    public const string PureToken = "pure-token";

    /// <summary>Name; for a leaf the word in the syntax unless <see cref="CommandSpec.Arguments"/> says
    /// otherwise.</summary>
    public string Name { get; init; } = "";

    /// <summary>string, integer, double, key, pattern, unix-time, pure-token, oneof or block.</summary>
    public string Type { get; init; } = "";

    /// <summary>The literal word before the argument (or the argument itself), or null.</summary>
    public string? Token { get; init; }

    /// <summary>May be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>May be repeated.</summary>
    public bool IsMultiple { get; init; }

    /// <summary>The token is repeated with the argument.</summary>
    public bool RepeatsToken { get; init; }

    /// <summary>Index of the key spec of an argument that is a key, or -1.</summary>
    public int KeySpecIndex { get; init; } = -1;

    /// <summary>Redis version that introduced the argument, or null.</summary>
    public string? Since { get; init; }

    /// <summary>Redis version that deprecated the argument, or null.</summary>
    public string? DeprecatedSince { get; init; }

    /// <summary>Children of a oneof or a block.</summary>
    public IReadOnlyList<ArgumentNode> Children { get; init; } = [];
}
