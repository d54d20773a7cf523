using System.Runtime.CompilerServices;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>What a coroutine is doing.</summary>
internal enum CoroutineStatus : byte
{
    Suspended,
    Running,
    Normal,
    Dead,
}

/// <summary>A thread of Lua: its stack of values and its frames. The main program is one as well.</summary>
internal sealed class LuaCoroutine : LuaObject
{
    /// <summary>How many values above a frame's own are always there.</summary>
    public const int Spare = 24;

    private const int FirstLimit = 128;
    private const int StackMax = 1 << 20;
    private const int FramesMax = 16384 - 1;
    private const int FramesForHandlers = 256;
    private const int FramesKept = 256;

    private readonly LuaMemory _memory;

    public LuaCoroutine(LuaMemory memory, LuaTable globals, int size) : base(LuaType.Thread)
    {
        _memory = memory;
        Globals = globals;
        memory.Charge(Frame.OwnBytes + 128 + (size * 16L));
        Stack = new LuaValue[size];
        Limit = size;
        Frame = Bottom = new Frame(null);
    }

    /// <summary>The values: of each frame its registers, or its arguments and what it pushed.</summary>
    public LuaValue[] Stack { get; private set; }

    /// <summary>How much of the stack has been in use since it was cleared.</summary>
    public int Limit { get; private set; }

    /// <summary>The frame that runs.</summary>
    public Frame Frame { get; set; }

    /// <summary>The frame below all others. It has no function.</summary>
    public Frame Bottom { get; }

    /// <summary>
    /// Behind the last value of a host function, and of a list of values whose length is open.
    /// </summary>
    public int Top { get; set; }

    /// <summary>The open upvalues, from the highest register down.</summary>
    public Upvalue? OpenUpvalues { get; private set; }

    /// <summary>The register of the first open upvalue, or -1.</summary>
    public int HighestOpen { get; private set; } = -1;

    /// <summary>What new chunks have as their globals.</summary>
    public LuaTable Globals { get; set; }

    /// <summary>What it does. The main program runs at first.</summary>
    public CoroutineStatus Status { get; set; }

    /// <summary>Who resumed it.</summary>
    public LuaCoroutine? Resumer { get; set; }

    /// <summary>How many coroutines wait for each other below this one.</summary>
    public int ResumeDepth { get; set; }

    /// <summary>
    /// How many frames were not called by an instruction for calls: those cannot be yielded across.
    /// </summary>
    public int Boundaries { get; set; }

    /// <summary>Whether the frames for error handlers are in use.</summary>
    public bool HasOverflowed { get; set; }

    /// <summary>What it takes.</summary>
    public long Bytes => 128 + (Stack.Length * 16L) + ((Frame.Depth + 1L) * Frame.OwnBytes);

    /// <summary>The frame for a call from this one, or null when there are too many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Frame? Above(Frame frame) => frame.Next ?? Extend(frame);

    /// <summary>Makes the stack so long. It does not when that is too long.</summary>
    public bool Ensure(int size)
    {
        size += Spare;
        if (size <= Limit) return true;
        if (size > StackMax) return false;
        int limit = Limit;
        while (limit < size) limit *= 2;
        if (limit > Stack.Length)
        {
            _memory.Charge((limit - Stack.Length) * 16L);
            LuaValue[] stack = new LuaValue[limit];
            Stack.CopyTo(stack, 0);
            Stack = stack;
            for (Upvalue? u = OpenUpvalues; u is not null; u = u.NextOpen) u.Stack = stack;
        }

        Limit = limit;
        return true;
    }

    /// <summary>The open upvalue of a register, made when there is none.</summary>
    public Upvalue OpenUpvalue(int register)
    {
        Upvalue? before = null;
        Upvalue? at = OpenUpvalues;
        while (at is not null && at.Index > register)
        {
            before = at;
            at = at.NextOpen;
        }

        if (at is not null && at.Index == register) return at;
        _memory.Charge(Upvalue.OwnBytes);
        var made = new Upvalue { Stack = Stack, Index = register, NextOpen = at };
        if (before is not null) before.NextOpen = made;
        else OpenUpvalues = made;
        HighestOpen = OpenUpvalues!.Index;
        return made;
    }

    /// <summary>Closes upvalues of this register and those above.</summary>
    public void Close(int register)
    {
        while (OpenUpvalues is { } open && open.Index >= register)
        {
            open.Closed = Stack[open.Index];
            open.Stack = null;
            OpenUpvalues = open.NextOpen;
            open.NextOpen = null;
        }

        HighestOpen = OpenUpvalues?.Index ?? -1;
    }

    /// <summary>Takes frames away until this one is the top.</summary>
    public void UnwindTo(Frame frame)
    {
        for (Frame at = Frame; at != frame; at = at.Previous!)
        {
            at.State = null;
            if (at.Mode > FrameMode.Body) Boundaries--;
        }

        Frame = frame;
        HasOverflowed = false;
    }

    /// <summary>Forgets all frames, and all values but the first ones, for the next run.</summary>
    public void Clear(int keep = 0)
    {
        Close(0);
        UnwindTo(Bottom);
        int size = Math.Max(FirstLimit, keep + Spare);
        if (Stack.Length > 16 * size)
        {
            _memory.Release((Stack.Length - size) * 16L);
            LuaValue[] stack = new LuaValue[size];
            Stack.AsSpan(0, keep).CopyTo(stack);
            Stack = stack;
            Limit = size;
        }

        Stack.AsSpan(keep, Limit - keep).Clear();
        Limit = Math.Min(Limit, size);
        Top = 0;
        Boundaries = 0;
        Frame? kept = Bottom;
        for (int i = 0; i < FramesKept && kept is not null; i++) kept = kept.Next;
        if (kept is not null) kept.Next = null;
    }

    /// <summary>Forgets values that no frame has any more.</summary>
    public void ClearAbove(int used) => Stack.AsSpan(used).Clear();

    private Frame? Extend(Frame frame)
    {
        if (frame.Depth >= FramesMax + (HasOverflowed ? FramesForHandlers : 0)) return null;
        _memory.Charge(Frame.OwnBytes);
        return frame.Next = new Frame(frame);
    }
}
