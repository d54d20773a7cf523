using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// A machine that runs Lua 5.1. One thread at a time uses it; several machines share compiled functions
/// (<see cref="LuaPrototype"/>), and nothing else.
/// <code>
/// var machine = new LuaMachine(memoryMax);
/// LuaLibraries.Open(machine, clock, random);                        // which globals there are
/// LuaPrototype? chunk = LuaPrototype.Compile(text, name, out LuaString? error);
/// machine.Start(machine.Load(chunk), arguments);
/// LuaStatus status = machine.Run(instructions);                     // until it is Finished or Failed
/// </code>
/// A run stops at any instruction when its budget is spent, and at a function of the host that is not ready,
/// wherever
/// that is: in a metamethod, in a comparison of <c>sort</c>, in a replacement of <c>gsub</c>. All it needs to
/// go on is in frames of its own, never on the stack of C#. The budget is in instructions; work of libraries
/// counts as well, about as many as it takes time.
/// <para>Functions of the host: <see cref="HostFunction"/>, <see cref="LuaCall"/>.</para>
/// <para>Memory: allocations are added up; when the sum passes the limit, the machine counts what is
/// reachable, in steps that the budget pays. When that is too much, the run fails with "not enough memory". A
/// script cannot catch this error.</para>
/// </summary>
internal sealed class LuaMachine
{
    /// <summary>The error of a run whose values need too much.</summary>
    public static readonly LuaString NotEnoughMemory = LuaString.Name("not enough memory");

    private const int KeysPerInstruction = 4;

    private readonly MemoryCount _count;
    private int _resultCount;

    /// <param name="memoryMax">The most that its values may take, in bytes, about.</param>
    public LuaMachine(long memoryMax)
    {
        Memory = new LuaMemory(memoryMax);
        Globals = new LuaTable(Memory);
        Main = Thread = new LuaCoroutine(Memory, Globals, 1024) { Status = CoroutineStatus.Running };
        _count = new MemoryCount(this);
        Memory.WhenAbove(_count.Ask);
        Memory.WhenWalked(keys => Budget -= Math.Max(keys / KeysPerInstruction, 1));
    }

    /// <summary>What its values take.</summary>
    public LuaMemory Memory { get; }

    /// <summary>The table of global variables.</summary>
    public LuaTable Globals { get; }

    /// <summary>The metatable of all strings.</summary>
    public LuaTable? StringMetatable { get; set; }

    /// <summary>
    /// Called before a line's first instruction, with the line. True stops the run there once.
    /// </summary>
    public Func<LuaMachine, int, bool>? LineHook { get; set; }

    /// <summary>
    /// For the host: what its functions need to know of the run. An <see cref="IMemoryHolder"/> tells the
    /// values that the host keeps, so that they are counted.
    /// </summary>
    public object? Context { get; set; }

    /// <summary>The error of a run that has failed.</summary>
    public LuaValue Error { get; internal set; }

    /// <summary>Where the error of a run that has failed was raised: the chunk, as the host named it, and the
    /// line; null and 0 when that is not known.</summary>
    public LuaString? ErrorSource { get; private set; }

    /// <inheritdoc cref="ErrorSource"/>
    public int ErrorLine { get; private set; }

    /// <summary>The results of a run that has finished. They stay until the next start.</summary>
    public ReadOnlySpan<LuaValue> Results => Main.Stack.AsSpan(1, _resultCount);

    /// <summary>Whether a run has started and not ended.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>The coroutine that runs.</summary>
    public LuaCoroutine Thread { get; internal set; }

    /// <summary>The main program.</summary>
    public LuaCoroutine Main { get; }

    /// <summary>How many instructions this slice has left.</summary>
    public long Budget;

    /// <summary>Whether <see cref="Error"/> is to be raised.</summary>
    internal bool IsRaising { get; set; }

    /// <summary>Whether the handler of <c>xpcall</c> has seen the error.</summary>
    internal bool IsHandled { get; set; }

    /// <summary>What a function of the host wants, when that is more than to return.</summary>
    internal LuaAction Pending { get; set; }

    /// <summary>The coroutine that <see cref="LuaAction.Resume"/> means.</summary>
    internal LuaCoroutine? ToResume { get; set; }

    /// <summary>How many values on the top an action takes along.</summary>
    internal int ActionCount { get; set; }

    /// <summary>Whether the line of an instruction has been shown to the hook.</summary>
    internal LineWatch Lines { get; } = new();

    /// <summary>A function of a compiled chunk, with this machine's globals.</summary>
    public LuaClosure Load(LuaPrototype chunk)
    {
        Memory.Charge(LuaClosure.OwnBytes);
        return LuaClosure.OfChunk(chunk, Thread.Globals);
    }

    /// <summary>A new table of this machine.</summary>
    public LuaTable NewTable(int arraySize = 0, int fieldCount = 0) => new(Memory, arraySize, fieldCount);

    /// <summary>A new string of this machine.</summary>
    public LuaString NewString(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 1) Memory.Charge(LuaString.BytesFor(bytes.Length));
        return LuaString.Of(bytes);
    }

    /// <summary>A number as a string of this machine.</summary>
    public LuaString NumberText(double number)
    {
        Span<byte> text = stackalloc byte[LuaNumber.TextMax];
        return NewString(text[..LuaNumber.Format(number, text)]);
    }

    /// <summary>Begins a run. <see cref="Run"/> carries it out.</summary>
    public void Start(LuaFunction function, params ReadOnlySpan<LuaValue> arguments)
    {
        if (IsRunning) Stop();
        LuaCoroutine thread = Main;
        thread.Ensure(arguments.Length + 2);
        thread.Stack[1] = function;
        arguments.CopyTo(thread.Stack.AsSpan(2));
        thread.Top = arguments.Length + 2;
        Thread = thread;
        thread.Status = CoroutineStatus.Running;
        IsRunning = true;
        IsRaising = IsHandled = false;
        Pending = default;
        Error = default;
        ErrorSource = null;
        ErrorLine = 0;
        _resultCount = 0;
        Lines.Reset();
        Calls.Enter(this, 1, arguments.Length, -1, FrameMode.Body);
    }

    /// <summary>Goes on with the run for so many instructions, or until it ends or pauses.</summary>
    public LuaStatus Run(long budget)
    {
        Budget = Math.Max(budget, 1);
        try
        {
            while (true)
            {
                LuaStatus status = LineHook is null
                    ? Interpreter.Run<Interpreter.Fast>(this) : Interpreter.Run<Interpreter.Watched>(this);
                if (status == LuaStatus.BudgetUsed && _count.IsDue)
                {
                    if (!_count.Continue()) return LuaStatus.BudgetUsed;
                    continue;
                }

                if (status is LuaStatus.Finished or LuaStatus.Failed) End(status);
                return status;
            }
        }
        catch (LuaMemoryException)
        {
            Error = NotEnoughMemory;
            NoteErrorPlace();
            End(LuaStatus.Failed);
            return LuaStatus.Failed;
        }
    }

    /// <summary>
    /// As <see cref="Run"/>, but stops after every single instruction when the budget is 1: for tests.
    /// </summary>
    public LuaStatus RunExactly(long budget)
    {
        Func<LuaMachine, int, bool>? hook = LineHook;
        LineHook ??= static (_, _) => false;
        LuaStatus status = Run(budget);
        LineHook = hook;
        return status;
    }

    /// <summary>Notes where the run is, for an error that nobody catches.</summary>
    public void NoteErrorPlace()
    {
        Frame? at = Thread.Frame;
        if (at is { Prototype: null }) at = at.Previous;
        if (at?.Prototype is not { } prototype) return;
        ErrorSource = prototype.Source;
        ErrorLine = at.Line;
    }

    /// <summary>Gives a run up.</summary>
    public void Stop()
    {
        Error = default;
        End(LuaStatus.Failed);
    }

    /// <summary>The bytes that are reachable now.</summary>
    public long CountMemory() => _count.Whole();

    private void End(LuaStatus status)
    {
        LuaCoroutine main = Main;
        for (LuaCoroutine? c = Thread; c is not null && c != main; c = c.Resumer)
        {
            c.Clear();
            c.Status = CoroutineStatus.Dead;
        }

        _count.Cancel();
        Thread = main;
        IsRunning = IsRaising = false;
        _resultCount = status == LuaStatus.Finished ? main.Top - 1 : 0;
        main.Clear(_resultCount + 1);
    }
}
