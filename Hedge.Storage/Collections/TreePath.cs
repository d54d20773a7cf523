using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Hedge.Storage.Collections;

/// <summary>A place in a node: of an entry in an inner node, of an element in a leaf.</summary>
internal struct TreeStep
{
    /// <summary>The node.</summary>
    public uint Node;

    /// <summary>The place in bytes.</summary>
    public int Offset;

    /// <summary>The element's number in its leaf.</summary>
    public int Index;
}

/// <summary>The path from the root of a tree to a place in a leaf. A change of the tree makes it
/// invalid.</summary>
internal struct TreePath
{
    /// <summary>The most levels of a tree, including the leaves.</summary>
    public const int LevelsMax = 16;

    private Steps _steps;

    /// <summary>The tree's height: the level of the root.</summary>
    public int Height { readonly get; set; }

    /// <summary>The step at a level; 0 is the leaf.</summary>
    [UnscopedRef]
    public ref TreeStep this[int level] => ref _steps[level];

    /// <summary>The step at a level, to be read only.</summary>
    public readonly TreeStep At(int level) => _steps[level];

    [InlineArray(LevelsMax)]
    private struct Steps
    {
        private TreeStep _first;
    }
}
