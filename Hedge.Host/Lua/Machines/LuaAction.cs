using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// What a function of the host says when it stops: how many of the values on the top are its results, or what
/// has to happen before it is called again. <see cref="LuaCall"/> makes them.
/// </summary>
internal readonly record struct LuaAction(int Code)
{
    /// <summary>Call the function on the stack, then this one again.</summary>
    public static readonly LuaAction Call = new(-1);

    /// <summary>The budget is spent: call this one again when there is a new one.</summary>
    public static readonly LuaAction Again = new(-2);

    /// <summary>The host is not ready: call this one again when it is.</summary>
    public static readonly LuaAction Suspend = new(-3);

    /// <summary>The machine has an error to raise.</summary>
    public static readonly LuaAction Error = new(-4);

    /// <summary>Give the values on the top to who resumed this coroutine.</summary>
    public static readonly LuaAction Yield = new(-5);

    /// <summary>Go on in another coroutine, then call this one again.</summary>
    public static readonly LuaAction Resume = new(-6);
}

/// <summary>What a run has come to.</summary>
internal enum LuaStatus
{
    /// <summary>The function has returned: <see cref="LuaMachine.Results"/>.</summary>
    Finished,

    /// <summary>An error ended it: <see cref="LuaMachine.Error"/>.</summary>
    Failed,

    /// <summary>A function of the host is not ready. Run again when it is; it is called again then.</summary>
    Suspended,

    /// <summary>The budget is spent. Run again to go on.</summary>
    BudgetUsed,

    /// <summary>The line hook wants to stop. Run again to go on.</summary>
    Stopped,
}

/// <summary>An error of Lua on its way out of a function of the host: for the checks of arguments.</summary>
internal sealed class LuaException(LuaValue value) : Exception
{
    /// <summary>The error.</summary>
    public LuaValue Value { get; } = value;

    /// <inheritdoc/>
    public override string Message => Value.Ref?.ToString() ?? "nil";
}

/// <summary>Values need more memory than there may be. No script catches this.</summary>
internal sealed class LuaMemoryException() : Exception("not enough memory");
