using Hedge.Host.Lua.Compilers;

namespace Hedge.Host.Lua.Machines;

/// <summary>Who called a function, and so what becomes of its results.</summary>
internal enum FrameMode : byte
{
    /// <summary>
    /// An instruction for calls: as many results as it wants, from the function's place on.
    /// </summary>
    Call,

    /// <summary>A coroutine or the host: all results, from the function's place on.</summary>
    Body,

    /// <summary>
    /// A function of the host that goes on afterwards: all results, from the function's place on.
    /// </summary>
    Callback,

    /// <summary>An instruction whose operand has a metamethod: one result ends the instruction.</summary>
    Metamethod,

    /// <summary>As <see cref="Metamethod"/>, for a comparison that asked the opposite.</summary>
    NegatedMetamethod,

    /// <summary>A <c>for in</c>: its variables.</summary>
    Iterator,

    /// <summary>An error that <c>xpcall</c> catches: one result is the new error.</summary>
    Handler,
}

/// <summary>
/// A call that has not ended. A coroutine's frames are a list, and are used again for later calls.
/// </summary>
internal sealed class Frame(Frame? previous)
{
    public const int OwnBytes = 136;

    public readonly Frame? Previous = previous;

    public readonly int Depth = previous is null ? 0 : previous.Depth + 1;

    public Frame? Next;

    /// <summary>What is called; null at the bottom of a coroutine.</summary>
    public LuaFunction? Function;

    /// <summary>What a function of Lua does; null for one of the host.</summary>
    public LuaPrototype? Prototype;

    /// <summary>Where the function is on the stack.</summary>
    public int FunctionIndex;

    /// <summary>Where its first register or argument is on the stack.</summary>
    public int Base;

    /// <summary>
    /// The next instruction. It is exact while the machine is outside the loop of instructions.
    /// </summary>
    public int Pc;

    /// <summary>How many results its caller wants; -1 for all.</summary>
    public int Wanted;

    /// <summary>How many calls this one has replaced, as tail calls.</summary>
    public int TailCalls;

    public FrameMode Mode;

    /// <summary>Host: errors of what it calls come back to it.</summary>
    public bool IsProtected;

    /// <summary>Host: what it called ended with an error, which is the one result.</summary>
    public bool HasFailed;

    /// <summary>Host: how many arguments it has.</summary>
    public int ArgumentCount;

    /// <summary>Host: where to go on; 0 when it is called at first.</summary>
    public int Step;

    /// <summary>Host: where the results of what it called begin on the stack.</summary>
    public int ResultBase;

    /// <summary>Host: what it keeps from step to step.</summary>
    public object? State;

    /// <summary>The function of Lua.</summary>
    public LuaClosure Closure => (LuaClosure)Function!;

    /// <summary>The line of the instruction it is at.</summary>
    public int Line => Prototype!.Lines[Math.Max(Pc - 1, 0)];

    /// <summary>Sets what each call sets of a host function's frame.</summary>
    public void EnterHost(HostFunction function, int functionIndex, int argumentCount, int wanted,
        FrameMode mode)
    {
        Function = function;
        Prototype = null;
        FunctionIndex = functionIndex;
        Base = functionIndex + 1;
        ArgumentCount = argumentCount;
        Wanted = wanted;
        Mode = mode;
        Step = 0;
        TailCalls = 0;
        IsProtected = HasFailed = false;
        State = null;
    }
}
