using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>
/// <c>table.sort</c>: the quicksort of Lua 5.1, comparison by comparison, so that it gives the same order for
/// equal elements and for functions that are no order. It is an iterator of C#, which stops where a
/// comparison has to call a function, and where the budget is spent.
/// </summary>
internal static class Sorting
{
    public static LuaAction Sort(LuaCall c)
    {
        LuaTable table = c.Table(1);
        if (c.Step == 0)
        {
            if (c.Count >= 2 && !c[2].IsNil) c.Function(2);
            TableLibrary.Writable(c, table);
            var made = new Work(c.Machine, table, c[2]);
            made.Moves = made.Run(table.Length()).GetEnumerator();
            c.State = made;
        }

        var work = (Work)c.State!;
        if (c.Step == 2) work.Answer = !c.Result(1).IsFalsy;
        c.KeepPushed(0);
        if (!work.Moves!.MoveNext()) return LuaCall.Return();
        switch (work.Moves.Current)
        {
            case Request.Pause:
                return c.Again(1);
            case Request.Fail:
                return work.ErrorLevel > 0 ? throw c.Failure(work.Error)
                    : throw new LuaException(c.Text(work.Error));
            default:
                c.Push(work.Function);
                c.Push(work.Left);
                c.Push(work.Right);
                return c.Invoke(2, 2);
        }
    }

    private enum Request
    {
        Compare,
        Pause,
        Fail,
    }

    private sealed class Work(LuaMachine m, LuaTable table, LuaValue function) : IMemoryHolder
    {
        private readonly Stack<(int Low, int High)> _parts = new();
        private LuaValue _pivot;

        public IEnumerator<Request>? Moves { get; set; }

        /// <summary>What is called: the given function, or a metamethod.</summary>
        public LuaValue Function { get; private set; } = function;

        private bool HasFunction { get; } = !function.IsNil;

        public LuaValue Left { get; private set; }

        public LuaValue Right { get; private set; }

        /// <summary>What the comparison has said.</summary>
        public bool Answer { get; set; }

        public string Error { get; private set; } = "";

        public int ErrorLevel { get; private set; }

        public void Count(MemoryCount count)
        {
            count.Add(Function);
            count.Add(Left);
            count.Add(Right);
            count.Add(_pivot);
            count.Add(256 + (_parts.Count * 16L));
        }

        public IEnumerable<Request> Run(int length)
        {
            _parts.Push((1, length));
            while (_parts.TryPop(out (int Low, int High) part))
            {
                (int low, int high) = part;
                while (low < high)
                {
                    if (m.Budget <= 0) yield return Request.Pause;
                    if (!TryLess(table.Get(high), table.Get(low))) yield return Ask();
                    if (Answer) Swap(low, high);
                    if (high - low == 1) break;
                    int i = (int)(((long)low + high) / 2);
                    if (!TryLess(table.Get(i), table.Get(low))) yield return Ask();
                    if (Answer)
                    {
                        Swap(i, low);
                    }
                    else
                    {
                        if (!TryLess(table.Get(high), table.Get(i))) yield return Ask();
                        if (Answer) Swap(i, high);
                    }

                    if (high - low == 2) break;
                    _pivot = table.Get(i);
                    Swap(i, high - 1);
                    i = low;
                    int j = high - 1;
                    while (true)
                    {
                        while (true)
                        {
                            if (m.Budget <= 0) yield return Request.Pause;
                            if (!TryLess(table.Get(++i), _pivot)) yield return Ask();
                            if (!Answer) break;
                            if (i > high) yield return Fail("invalid order function for sorting", 1);
                        }

                        while (true)
                        {
                            if (m.Budget <= 0) yield return Request.Pause;
                            if (!TryLess(_pivot, table.Get(--j))) yield return Ask();
                            if (!Answer) break;
                            if (j < low) yield return Fail("invalid order function for sorting", 1);
                        }

                        if (j < i) break;
                        Swap(i, j);
                    }

                    Swap(high - 1, i);
                    // The smaller part first; the bigger one waits.
                    if (i - low < high - i)
                    {
                        _parts.Push((i + 1, high));
                        high = i - 1;
                    }
                    else
                    {
                        _parts.Push((low, i - 1));
                        low = i + 1;
                    }
                }
            }
        }

        // Whether the answer is known at once; else Left and Right are to be compared by a function.
        private bool TryLess(in LuaValue a, in LuaValue b)
        {
            m.Budget--;
            if (Function.IsNil)
            {
                if (a.IsNumber && b.IsNumber)
                {
                    Answer = a.Number < b.Number;
                    return true;
                }

                if (a.Ref is LuaString x && b.Ref is LuaString y)
                {
                    m.Budget -= Math.Min(x.Length, y.Length) / 64;
                    Answer = x.CompareTo(y) < 0;
                    return true;
                }
            }

            Left = a;
            Right = b;
            return false;
        }

        private Request Ask()
        {
            if (HasFunction) return Request.Compare;
            Function = Left.Type == Right.Type ? Metamethods.OfBoth(m, Left, Right, MetaEvent.LessThan)
                : default;
            return Function.IsNil ? Fail(Operations.CompareError(Left, Right), 0) : Request.Compare;
        }

        private Request Fail(string text, int level)
        {
            Error = text;
            ErrorLevel = level;
            return Request.Fail;
        }

        private void Swap(int i, int j)
        {
            LuaValue a = table.Get(i);
            LuaValue b = table.Get(j);
            table.Set(i, b);
            table.Set(j, a);
        }
    }
}
