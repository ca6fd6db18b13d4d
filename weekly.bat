@echo off
rem The main job on Windows, by a double click: set up, check, maps and pages, then open them.
rem ASCII only, for cmd.exe reads this file in the code page of the machine; Vietnamese is said by Python.
setlocal
pushd "%~dp0"
chcp 65001 >nul
set PYTHONUTF8=1
set "PY="
call :try py -3.13
call :try py -3.12
call :try py -3.11
call :try py -3
call :try python
if not defined PY goto nopython
%PY% tools\prepare.py run
if not %errorlevel%==0 goto failed
".venv\Scripts\lsinfra.exe" weekly %*
if not %errorlevel%==0 goto failed
start "" maps\index.html
exit /b 0

:nopython
echo Can cai dat Python 3.11 tro len: https://www.python.org/downloads/
echo Python 3.11 or newer is needed:  https://www.python.org/downloads/
:failed
pause
exit /b 1

:try
if defined PY exit /b 0
rem tomllib came with Python 3.11
%* -c "import tomllib" >nul 2>nul
if not errorlevel 1 set "PY=%*"
exit /b 0
