namespace Hedge.Host.Commands.Sets;

/// <summary>What is made of several sets.</summary>
internal enum SetOperation
{
    /// <summary>Members of all of them.</summary>
    Intersection,

    /// <summary>Members of any of them.</summary>
    Union,

    /// <summary>Members of the first and of no other.</summary>
    Difference,
}
